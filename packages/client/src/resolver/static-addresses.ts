// Resolvers whose answer stands in the target itself: `ipv4:`, `ipv6:` and `unix:`.
import { UsageError } from "@trunkline/core";
import type { Address } from "./address.js";
import { type Endpoint, toEndpoints } from "./endpoint.js";
import { isIpv4, isIpv6, parseHostPort } from "./host-port.js";
import type { Resolver, ResolverFactory, ResolverListener } from "./resolver.js";
import type { Target } from "./target.js";

/** Answers each question with the same list, at once. */
export class StaticResolver implements Resolver {
  readonly #endpoints: readonly Endpoint[];
  readonly #listener: ResolverListener;
  #closed = false;

  constructor(addresses: readonly Address[], listener: ResolverListener) {
    this.#endpoints = toEndpoints(addresses);
    this.#listener = listener;
  }

  resolve(): void {
    if (!this.#closed) {
      this.#listener.resolved({ endpoints: this.#endpoints });
    }
  }

  close(): void {
    this.#closed = true;
  }
}

function refuseAuthority(target: Target): void {
  if (target.authority !== "") {
    throw new UsageError(
      `target "${target.text}": ${target.scheme} takes no authority, but "${target.authority}" stands there`,
    );
  }
}

function parseIpList(target: Target, isRightKind: (host: string) => boolean): Address[] {
  refuseAuthority(target);
  return target.endpoint
    .replace(/^\/+/, "")
    .split(",")
    .map((part): Address => {
      const { host, port } = parseHostPort(part.trim(), `"${target.text}"`);
      if (!isRightKind(host)) {
        throw new UsageError(
          `target "${target.text}": "${host}" is not an ${target.scheme} address`,
        );
      }
      return { kind: "tcp", host, port };
    });
}

function createIpFactory(isRightKind: (host: string) => boolean): ResolverFactory {
  return {
    defaultAuthority(target) {
      parseIpList(target, isRightKind);
      return target.endpoint.replace(/^\/+/, "").split(",")[0]?.trim() ?? "";
    },
    createResolver: (target, listener) =>
      new StaticResolver(parseIpList(target, isRightKind), listener),
  };
}

/** `ipv4:10.0.0.1:50051,10.0.0.2:50051` */
export const ipv4Resolver: ResolverFactory = createIpFactory(isIpv4);

/** `ipv6:[::1]:50051,[::2]:50051` */
export const ipv6Resolver: ResolverFactory = createIpFactory(isIpv6);

function parseUnixPath(target: Target): Address {
  refuseAuthority(target);
  // unix:///absolute/path loses its third slash with the authority; unix:path and unix:/path keep all.
  const path = /^unix:\/\//i.test(target.text) ? `/${target.endpoint}` : target.endpoint;
  if (path === "" || path === "/" || path.includes("\0")) {
    throw new UsageError(`target "${target.text}": expected unix:/path or unix:///path`);
  }
  return { kind: "unix", path };
}

/** `unix:/run/x.sock`, `unix:relative.sock`, `unix:///run/x.sock` */
export const unixResolver: ResolverFactory = {
  defaultAuthority(target) {
    parseUnixPath(target);
    return "localhost";
  },
  createResolver: (target, listener) => new StaticResolver([parseUnixPath(target)], listener),
};
