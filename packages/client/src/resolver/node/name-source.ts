// Where a `dns:` resolver gets its answers: the system (getaddrinfo, then the time to live by DNS), or name servers.
import type { SrvRecord } from "node:dns";
import type { Resolver as DnsClient } from "node:dns/promises";
import { networkInterfaces } from "node:os";
import { UsageError } from "@trunkline/core";
import { hostOf, isIp } from "../host-port.js";

/** The addresses of a host. */
export interface FoundHosts {
  /** IP addresses in the order in which they should be tried, none when the host has none. */
  readonly hosts: readonly string[];
  /** How long they hold, milliseconds; Infinity: for good; undefined: nobody said. */
  readonly ttlMs: number | undefined;
}

/** Answers the questions of one look-up. Each answer fails with what Node.js throws, with its `code`. */
export interface NameSource {
  /** Who is asked, for error texts: completes "asked ...". */
  readonly label: string;
  addresses(host: string): Promise<FoundHosts>;
  services(name: string): Promise<readonly SrvRecord[]>;
  /** TXT records, each in pieces. */
  text(name: string): Promise<readonly (readonly string[])[]>;
  /** Ends what is under way. */
  cancel(): void;
}

/** What is nice to have is not worth more waiting: TXT records, and how long the system's answers hold. */
const extrasTimeoutMs = 1000;
/** How long one question to one server may take before it is repeated, milliseconds. */
const tryTimeoutMs = 2000;
const tries = 3;

/** @throws {UsageError} when it is not an IP address, with or without a port. */
export function checkServer(server: string, where: string): string {
  const isServer =
    typeof server === "string" &&
    (isIp(server) || (/^(\[.*\]|[^:]*)(:\d{1,5})?$/.test(server) && isIp(hostOf(server))));
  if (!isServer) {
    throw new UsageError(
      `${where}: "${server}" is not the IP address of a DNS server, such as 8.8.8.8 or [2001:4860:4860::8888]:53`,
    );
  }
  return server;
}

async function openClient(
  servers: readonly string[],
  timeout: number,
  tries: number,
): Promise<DnsClient> {
  // Loaded when there is a name to look up.
  const { Resolver } = await import("node:dns/promises");
  const client = new Resolver({ timeout, tries });
  if (servers.length > 0) client.setServers(servers);
  return client;
}

/** Asks name servers and nobody else, but for the machine itself: no hosts file, no search list. */
class ServerSource implements NameSource {
  readonly label: string;
  readonly #servers: readonly string[];
  readonly #timeoutMs: number;
  #client: Promise<DnsClient> | undefined;

  constructor(servers: readonly string[], timeoutMs: number) {
    this.label = `DNS server ${servers.join(", ")}`;
    this.#servers = servers;
    this.#timeoutMs = timeoutMs;
  }

  async addresses(host: string): Promise<FoundHosts> {
    // RFC 6761 s6.3: no name server is to be asked for it.
    return isLocal(host)
      ? { hosts: await lookupBySystem(host), ttlMs: Infinity }
      : findByDns(await this.#open(), host);
  }

  async services(name: string): Promise<readonly SrvRecord[]> {
    return (await this.#open()).resolveSrv(name);
  }

  async text(name: string): Promise<readonly (readonly string[])[]> {
    return (await openExtras(this.#servers)).resolveTxt(name);
  }

  cancel(): void {
    void this.#client?.then((client) => client.cancel());
  }

  #open(): Promise<DnsClient> {
    this.#client ??= openClient(this.#servers, Math.min(tryTimeoutMs, this.#timeoutMs), tries);
    return this.#client;
  }
}

function openExtras(servers: readonly string[]): Promise<DnsClient> {
  return openClient(servers, extrasTimeoutMs, 1);
}

async function findByDns(client: DnsClient, host: string): Promise<FoundHosts> {
  const answers = await Promise.allSettled([
    client.resolve6(host, { ttl: true }),
    client.resolve4(host, { ttl: true }),
  ]);
  const records = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  const failures = answers.flatMap((answer) =>
    answer.status === "rejected" && !isAbsence(answer.reason) ? [answer.reason as Error] : [],
  );
  if (records.length === 0 && failures[0] !== undefined) throw failures[0];
  if (records.length === 0) {
    const missing = answers.find((answer) => answer.status === "rejected");
    if (missing !== undefined && codeOf(missing.reason) === "ENOTFOUND") throw missing.reason;
  }
  const hosts = records.map((record) => record.address);
  // Half an answer is asked for again as soon as that is allowed.
  const ttlMs = failures.length > 0 ? 0 : Math.min(...records.map(({ ttl }) => ttl)) * 1000;
  return { hosts: hasIpv6() ? hosts : hosts.reverse(), ttlMs };
}

/** Whether IPv6 may lead anywhere: without an address of its own a machine tries IPv4 first (RFC 6724 s5, rule 1). */
function hasIpv6(): boolean {
  try {
    return Object.values(networkInterfaces()).some((addresses) =>
      addresses?.some(
        ({ family, internal, scopeid }) => family === "IPv6" && !internal && scopeid === 0,
      ),
    );
  } catch {
    // Deno without --allow-sys.
    return false;
  }
}

async function lookupBySystem(host: string): Promise<readonly string[]> {
  const { lookup } = await import("node:dns/promises");
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map((entry) => entry.address);
}

/** Asks as every program of the machine does: hosts file, search list, multicast. Only DNS itself says how long that holds. */
class SystemSource implements NameSource {
  readonly label = "the system's resolver";
  #client: Promise<DnsClient> | undefined;

  async addresses(host: string): Promise<FoundHosts> {
    const [hosts, ttlMs] = await Promise.all([
      lookupBySystem(host),
      isLocal(host) ? Infinity : this.#ttlOf(host),
    ]);
    return { hosts, ttlMs };
  }

  async services(name: string): Promise<readonly SrvRecord[]> {
    this.#client ??= openClient([], tryTimeoutMs, tries);
    return (await this.#client).resolveSrv(name);
  }

  async text(name: string): Promise<readonly (readonly string[])[]> {
    return (await openExtras([])).resolveTxt(name);
  }

  cancel(): void {
    void this.#client?.then((client) => client.cancel());
  }

  async #ttlOf(host: string): Promise<number | undefined> {
    try {
      const { hosts, ttlMs } = await findByDns(await openExtras([]), host);
      return hosts.length > 0 ? ttlMs : undefined;
    } catch {
      return undefined;
    }
  }
}

/** Leaves names to whoever is dialled: a proxy, or a dialer of the application's own. Only SRV records are looked up. */
class NoSource implements NameSource {
  readonly label = "nobody";
  readonly #services: NameSource;

  constructor(services: NameSource) {
    this.#services = services;
  }

  addresses(host: string): Promise<FoundHosts> {
    return Promise.resolve({ hosts: [host], ttlMs: Infinity });
  }

  services(name: string): Promise<readonly SrvRecord[]> {
    return this.#services.services(name);
  }

  text(): Promise<readonly (readonly string[])[]> {
    return Promise.resolve([]);
  }

  cancel(): void {
    this.#services.cancel();
  }
}

/**
 * The source for one look-up.
 * @param servers who is asked; empty: the system.
 * @param leavesNames whether hosts stay names.
 */
export function openNameSource(
  servers: readonly string[],
  timeoutMs: number,
  leavesNames: boolean,
): NameSource {
  const source = servers.length === 0 ? new SystemSource() : new ServerSource(servers, timeoutMs);
  return leavesNames ? new NoSource(source) : source;
}

/** Names that mean the machine itself (RFC 6761 s6.3). */
export function isLocal(host: string): boolean {
  return /^(?:.*\.)?localhost\.?$/i.test(host);
}

/** Whether the failure means that there is nothing, rather than that nobody knows. */
export function isAbsence(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ENOTFOUND" || code === "ENODATA";
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}
