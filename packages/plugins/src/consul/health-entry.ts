// What Consul's health endpoint says of one server, and the endpoint that comes of it.
import type { Endpoint } from "@trunkline/client";

interface Locality {
  readonly Zone?: string;
}

/** One entry of `/v1/health/service/:name`, as far as it is used here. */
export interface HealthEntry {
  readonly Node?: {
    readonly Address?: string;
    readonly Meta?: Readonly<Record<string, string>> | null;
    readonly Locality?: Locality | null;
  };
  readonly Service?: {
    readonly ID?: string;
    /** Empty where it is the node's. */
    readonly Address?: string;
    readonly Port?: number;
    readonly Tags?: readonly string[] | null;
    readonly Meta?: Readonly<Record<string, string>> | null;
    readonly Weights?: { readonly Passing?: number; readonly Warning?: number } | null;
    readonly Locality?: Locality | null;
  };
  readonly Checks?: readonly { readonly Status?: string }[] | null;
}

/** The worst that the checks say. */
function statusOf({ Checks }: HealthEntry): "passing" | "warning" | "critical" {
  const all = new Set((Checks ?? []).map((check) => check.Status));
  if (all.has("critical") || all.has("maintenance")) return "critical";
  return all.has("warning") ? "warning" : "passing";
}

/** Consul Enterprise knows localities; elsewhere zones are written into the metadata of service or node. */
function zoneOf({ Node, Service }: HealthEntry): string | undefined {
  const zone = Service?.Locality?.Zone || Node?.Locality?.Zone;
  return zone || Service?.Meta?.zone || Node?.Meta?.zone || undefined;
}

/** The endpoint; undefined for one that gets no calls. @throws {Error} that says what is missing in the entry. */
export function toEndpoint(entry: HealthEntry): Endpoint | undefined {
  const { Node, Service } = entry;
  const status = statusOf(entry);
  const weights = Service?.Weights ?? {};
  const weight = status === "warning" ? weights.Warning : weights.Passing;
  // A weight of 0 is how Consul says: no traffic.
  if (status === "critical" || weight === 0) return undefined;
  const host = Service?.Address || Node?.Address || "";
  const port = Service?.Port ?? 0;
  if (host === "") throw new Error("neither the service nor its node has an address");
  if (!(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw new Error(`its port is ${port}`);
  }
  const zone = zoneOf(entry);
  return {
    addresses: [{ kind: "tcp", host: host.replace(/^\[(.*)\]$/, "$1"), port }],
    ...(Number.isInteger(weight) && weight !== 1 ? { weight } : {}),
    ...(zone === undefined ? {} : { zone }),
  };
}
