// Resolvers whose answer stands in the target itself: `ipv4:`, `ipv6:`, `unix:`, `unix-abstract:` and `passthrough:`.
import { UsageError } from "@trunkline/core";
import type { Address } from "./address.js";
import { type Endpoint, toEndpoints } from "./endpoint.js";
import { isIpv4, isIpv6, parseHostPort, toAuthority } from "./host-port.js";
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
      `target "${target.text}": ${target.scheme} takes no authority, but "${target.authority}" stands there; write ${target.scheme}:${target.authority}`,
    );
  }
}

function withoutSlashes(target: Target): string {
  return target.endpoint.replace(/^\/+/, "");
}

function createStaticFactory(
  parse: (target: Target) => readonly Address[],
  authorityOf: (target: Target) => string,
): ResolverFactory {
  return {
    defaultAuthority(target) {
      parse(target);
      return authorityOf(target);
    },
    createResolver: (target, listener) => new StaticResolver(parse(target), listener),
  };
}

function parseIpList(target: Target, isRightKind: (host: string) => boolean): Address[] {
  refuseAuthority(target);
  return withoutSlashes(target)
    .split(",")
    .map((part): Address => {
      const text = part.trim();
      // An IPv6 address without a port needs no brackets (gRPC naming document).
      const whole = isIpv6(text) ? `[${text}]` : text;
      const { host, port } = parseHostPort(whole, `"${target.text}"`);
      if (!isRightKind(host)) {
        throw new UsageError(
          `target "${target.text}": "${host}" is not an ${target.scheme} address`,
        );
      }
      return { kind: "tcp", host, port };
    });
}

function createIpFactory(isRightKind: (host: string) => boolean): ResolverFactory {
  return createStaticFactory(
    (target) => parseIpList(target, isRightKind),
    (target) => toAuthority(withoutSlashes(target).split(",")[0]?.trim() ?? ""),
  );
}

/** `ipv4:10.0.0.1:50051,10.0.0.2:50051` */
export const ipv4Resolver: ResolverFactory = createIpFactory(isIpv4);

/** `ipv6:[::1]:50051,[::2]:50051` */
export const ipv6Resolver: ResolverFactory = createIpFactory(isIpv6);

/** `passthrough:///users:50051`: the name as it stands goes to whoever dials: the system, a proxy, `connect`. */
export const passthroughResolver: ResolverFactory = createStaticFactory(
  (target) => {
    refuseAuthority(target);
    return [{ kind: "tcp", ...parseHostPort(withoutSlashes(target), `"${target.text}"`) }];
  },
  (target) => toAuthority(withoutSlashes(target)),
);

function parseUnixPath(target: Target): string {
  refuseAuthority(target);
  // unix:///absolute/path loses its third slash with the authority; unix:path and unix:/path keep all.
  const isHierarchical = /^[^:]+:\/\//.test(target.text);
  const path = isHierarchical ? `/${target.endpoint}` : target.endpoint;
  if (path === "" || path === "/") {
    const { scheme } = target;
    const form = scheme === "unix" ? "unix:/path or unix:///path" : `${scheme}:name`;
    throw new UsageError(`target "${target.text}": expected ${form}`);
  }
  return path;
}

/** Bytes that fit into `sun_path` of a socket's address on Linux (unix(7)). */
const maxAbstractBytes = 107;

/** `unix:/run/x.sock`, `unix:relative.sock`, `unix:///run/x.sock` */
export const unixResolver: ResolverFactory = createStaticFactory(
  (target) => {
    const path = parseUnixPath(target);
    if (path.includes("\0")) {
      throw new UsageError(`target "${target.text}": a path cannot hold a NUL`);
    }
    return [{ kind: "unix", path }];
  },
  () => "localhost",
);

/** `unix-abstract:name`: a socket without a file, on Linux. */
export const unixAbstractResolver: ResolverFactory = createStaticFactory(
  (target) => {
    const name = parseUnixPath(target);
    if (new TextEncoder().encode(name).length > maxAbstractBytes) {
      throw new UsageError(
        `target "${target.text}": an abstract name has at most ${maxAbstractBytes} bytes`,
      );
    }
    return [{ kind: "unix", path: `\0${name}` }];
  },
  () => "localhost",
);
