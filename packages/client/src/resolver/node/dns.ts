// Resolves `dns:` targets through the operating system's resolver (getaddrinfo).
import { UsageError } from "@trunkline/core";
import type { Address } from "../address.js";
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
  readonly #lookup: HostLookup;
  #busy = false;
  #closed = false;

  constructor(target: Target, listener: ResolverListener, hostLookup: HostLookup) {
    const { host, port } = parseEndpoint(target);
    this.#host = host;
    this.#port = port;
    this.#listener = listener;
    this.#lookup = hostLookup;
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
      const hosts = await this.#lookup(this.#host);
      this.#tell(hosts.map((host) => ({ kind: "tcp", host, port: this.#port })));
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #tell(addresses: readonly Address[]): void {
    if (addresses.length === 0) {
      this.#fail(new Error(`DNS knows no address of ${this.#host}`));
      return;
    }
    this.#busy = false;
    if (!this.#closed) {
      this.#listener.resolved({ endpoints: toEndpoints(addresses) });
    }
  }

  #fail(error: Error): void {
    this.#busy = false;
    if (!this.#closed) {
      this.#listener.failed(error);
    }
  }
}

/** Makes the `dns:` factory; tests give a look-up of their own. */
export function createDnsResolver(hostLookup: HostLookup = lookupHost): ResolverFactory {
  return {
    defaultAuthority(target) {
      parseEndpoint(target);
      return target.endpoint.replace(/^\/+/, "");
    },
    createResolver(target, listener) {
      const { host, port } = parseEndpoint(target);
      return isIp(host)
        ? new StaticResolver([{ kind: "tcp", host, port }], listener)
        : new DnsResolver(target, listener, hostLookup);
    },
  };
}
