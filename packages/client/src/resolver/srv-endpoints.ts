// Service names in DNS, `_grpc._tcp.users.example`, and the endpoints that their SRV records make (RFC 2782).
import type { Endpoint } from "./endpoint.js";

/** One SRV record. */
export interface ServiceRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** Whether the host of a target is the name of a service. */
export function isServiceName(host: string): boolean {
  return /^_[^.]+\._[^.]+\.[^.]/.test(host);
}

/** The domain whose service it is: `users.example` for `_grpc._tcp.users.example`. */
export function domainOfService(name: string): string {
  return name.split(".").slice(2).join(".");
}

/** The targets of the records; a single "." says that there decidedly is no such service (RFC 2782). */
export function usableRecords(records: readonly ServiceRecord[]): readonly ServiceRecord[] {
  return records.filter(({ name }) => name !== "" && name !== ".");
}

/**
 * An endpoint for each record, lower priorities first, those of one priority in random order by weight.
 * @param hostsOf the addresses of a record's target; none: it is left out.
 */
export function toServiceEndpoints(
  records: readonly ServiceRecord[],
  hostsOf: (record: ServiceRecord) => readonly string[],
  random: () => number,
): readonly Endpoint[] {
  return records
    .map((record) => ({ record, key: (1 - random()) ** (1 / weightOf(record)) }))
    .sort((a, b) => a.record.priority - b.record.priority || b.key - a.key)
    .map(({ record }) => ({
      addresses: hostsOf(record).map((host) => ({ kind: "tcp", host, port: record.port }) as const),
      weight: weightOf(record),
      priority: record.priority,
    }))
    .filter(({ addresses }) => addresses.length > 0);
}

/** Weight 0 means a very small chance, and endpoints know no smaller weight than 1. */
function weightOf({ weight }: ServiceRecord): number {
  return Math.max(1, weight);
}
