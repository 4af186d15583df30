// The scheme `dns:`: which targets need a look-up, and of whom it is asked (gRPC naming document).
import { UsageError } from "@trunkline/core";
import { isIp, parseHostPort, toAuthority } from "../host-port.js";
import type { ResolverFactory } from "../resolver.js";
import { domainOfService, isServiceName } from "../srv-endpoints.js";
import { StaticResolver } from "../static-addresses.js";
import type { Target } from "../target.js";
import { type DnsOptions, toDnsSettings } from "./dns-options.js";
import { DnsResolver } from "./dns-resolver.js";
import { checkServer, type NameSource, openNameSource } from "./name-source.js";

/** What a channel says about its `dns:` targets; tests give sources and chances of their own. */
export interface DnsParts {
  readonly options?: DnsOptions | undefined;
  /** Whether service configs are asked for. Default true. */
  readonly findsConfig?: boolean | undefined;
  /** Whether a host stays a name, for a proxy or a dialer that looks it up itself. Default: none does. */
  readonly leavesNames?: ((host: string, port: number) => boolean) | undefined;
  /** Default: the system, or the name servers of options and target. */
  readonly openSource?: ((servers: readonly string[]) => NameSource) | undefined;
  /** Default: a number from 0 to below 100, for each channel. */
  readonly percentile?: number | undefined;
  /** Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** A `dns:` target, taken apart. */
export interface DnsTarget {
  /** A host, or the name of a service. */
  readonly host: string;
  readonly port: number;
  readonly server: string | undefined;
}

/** @throws {UsageError} when it cannot be used. */
export function parseDnsTarget(target: Target): DnsTarget {
  const { text, authority } = target;
  const endpoint = target.endpoint.replace(/^\/+/, "");
  if (authority !== "" && endpoint === "") {
    throw new UsageError(
      `target "${text}": "${authority}" stands where a DNS server is named, and no host follows; write dns:///${authority}`,
    );
  }
  const { host, port } = parseHostPort(endpoint, `"${text}"`);
  if (isServiceName(host) && endpoint !== host) {
    throw new UsageError(`target "${text}": the port of the service "${host}" comes from DNS`);
  }
  const server = authority === "" ? undefined : checkServer(authority, `target "${text}"`);
  return { host, port, server };
}

/**
 * Makes the `dns:` factory.
 * @throws {UsageError} for an option out of its range.
 */
export function createDnsResolver(parts: DnsParts = {}): ResolverFactory {
  const settings = toDnsSettings(parts.options);
  const { findsConfig = true, leavesNames = () => false, random = Math.random } = parts;
  return {
    defaultAuthority(target) {
      const { host } = parseDnsTarget(target);
      return isServiceName(host)
        ? domainOfService(host)
        : toAuthority(target.endpoint.replace(/^\/+/, ""));
    },
    createResolver(target, listener, resolverHost) {
      const { host, port, server } = parseDnsTarget(target);
      if (isIp(host)) return new StaticResolver([{ kind: "tcp", host, port }], listener);
      const servers = server === undefined ? settings.servers : [server];
      const staysName = leavesNames(host, port);
      const openSource =
        parts.openSource ??
        ((servers: readonly string[]) => openNameSource(servers, settings.timeoutMs, staysName));
      const question = {
        host,
        port,
        settings,
        findsConfig: findsConfig && !staysName,
        percentile: parts.percentile ?? random() * 100,
        random,
        openSource: () => openSource(servers),
      };
      return new DnsResolver(question, listener, resolverHost);
    },
  };
}
