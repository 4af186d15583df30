// Resolves `dns:` targets: addresses by the operating system (getaddrinfo), service configs by TXT records (gRFC A2).
import { UsageError } from "@trunkline/core";
import type { Address } from "../address.js";
import { chooseServiceConfig, configNameOf } from "../config-choice.js";
import { toEndpoints } from "../endpoint.js";
import { isIp, parseHostPort } from "../host-port.js";
import type { Resolver, ResolverFactory, ResolverListener } from "../resolver.js";
import { StaticResolver } from "../static-addresses.js";
import type { Target } from "../target.js";

/** Finds all addresses of a host, in the order in which they should be tried. */
export type HostLookup = (host: string) => Promise<readonly string[]>;

async function lookupHost(host: string): Promise<readonly string[]> {
  // Loaded when there is a name to look up.
  const { lookup } = await import("node:dns/promises");
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map((entry) => entry.address);
}

/** Finds the TXT records of a name, each in pieces. @throws what Node.js throws, with its `code`. */
export type TextLookup = (name: string) => Promise<readonly (readonly string[])[]>;

/** A config is not worth more waiting: addresses are there already. */
const textTimeoutMs = 1000;

async function lookupText(name: string): Promise<readonly (readonly string[])[]> {
  const { Resolver: NodeResolver } = await import("node:dns/promises");
  return new NodeResolver({ timeout: textTimeoutMs, tries: 1 }).resolveTxt(name);
}

/** What a `dns:` resolver asks; tests give look-ups of their own. */
export interface DnsLookups {
  /** Default: getaddrinfo. */
  readonly host?: HostLookup | undefined;
  /** null: service configs are not asked for. Default: the name servers of the system. */
  readonly text?: TextLookup | null | undefined;
  /** Default: a number from 0 to below 100, for each channel. */
  readonly percentile?: number | undefined;
}

/** The error of a look-up, which names the host on Node.js, and not on Bun. */
function withHost(cause: unknown, host: string): Error {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  return error.message.includes(host) ? error : new Error(`${error.message} ${host}`, { cause });
}

function parseEndpoint(target: Target): { host: string; port: number } {
  if (target.authority !== "") {
    throw new UsageError(
      `target "${target.text}": a DNS server of its own ("${target.authority}") is not supported`,
    );
  }
  return parseHostPort(target.endpoint.replace(/^\/+/, ""), `"${target.text}"`);
}

class DnsResolver implements Resolver {
  readonly #host: string;
  readonly #port: number;
  readonly #listener: ResolverListener;
  readonly #lookups: DnsLookups;
  readonly #percentile: number;
  /** What the TXT records said when they could be read last. */
  #serviceConfig: unknown;
  #busy = false;
  #closed = false;

  constructor(target: Target, listener: ResolverListener, lookups: DnsLookups) {
    const { host, port } = parseEndpoint(target);
    this.#host = host;
    this.#port = port;
    this.#listener = listener;
    this.#lookups = lookups;
    this.#percentile = lookups.percentile ?? Math.random() * 100;
  }

  resolve(): void {
    if (!this.#busy && !this.#closed) {
      this.#busy = true;
      void this.#run();
    }
  }

  close(): void {
    this.#closed = true;
  }

  async #run(): Promise<void> {
    try {
      const [hosts] = await Promise.all([
        (this.#lookups.host ?? lookupHost)(this.#host),
        this.#findConfig(),
      ]);
      this.#tell(hosts.map((host) => ({ kind: "tcp", host, port: this.#port })));
    } catch (error) {
      this.#fail(withHost(error, this.#host));
    }
  }

  /** Never fails: what cannot be asked for stays as it was, what cannot be read is the channel's to judge (gRFC A21). */
  async #findConfig(): Promise<void> {
    const { text = lookupText } = this.#lookups;
    // gRFC A10: nobody publishes configs for the machine itself.
    if (text === null || isLocal(this.#host)) {
      return;
    }
    try {
      const records = await text(configNameOf(this.#host));
      const { hostname } = await import("node:os");
      const client = { hostname: hostname(), percentile: this.#percentile };
      this.#serviceConfig = chooseServiceConfig(records, client);
    } catch (error) {
      if (error instanceof UsageError) {
        this.#serviceConfig = error;
      } else if (isAbsence(error)) {
        this.#serviceConfig = undefined;
      }
    }
  }

  #tell(addresses: readonly Address[]): void {
    if (addresses.length === 0) {
      this.#fail(new Error(`DNS knows no address of ${this.#host}`));
      return;
    }
    this.#busy = false;
    if (!this.#closed) {
      const serviceConfig = this.#serviceConfig;
      this.#listener.resolved({ endpoints: toEndpoints(addresses), serviceConfig });
    }
  }

  #fail(error: Error): void {
    this.#busy = false;
    if (!this.#closed) {
      this.#listener.failed(error);
    }
  }
}

function isLocal(host: string): boolean {
  return /^(?:.*\.)?localhost\.?$/i.test(host);
}

function isAbsence(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "ENOTFOUND" || code === "ENODATA";
}

/** Makes the `dns:` factory. */
export function createDnsResolver(lookups: DnsLookups = {}): ResolverFactory {
  return {
    defaultAuthority(target) {
      parseEndpoint(target);
      return target.endpoint.replace(/^\/+/, "");
    },
    createResolver(target, listener) {
      const { host, port } = parseEndpoint(target);
      return isIp(host)
        ? new StaticResolver([{ kind: "tcp", host, port }], listener)
        : new DnsResolver(target, listener, lookups);
    },
  };
}
