// What a target means on Node.js: who resolves it, what its authority is, and which proxies lead there.
import type { ByteStream } from "@trunkline/http2";
import { checkAuthority } from "../../call/call-limits.js";
import type { ChannelSettings } from "../../channel/channel-options.js";
import type { Address, TcpAddress } from "../../resolver/address.js";
import { createDnsResolver, parseDnsTarget } from "../../resolver/node/dns.js";
import type { DnsOptions } from "../../resolver/node/dns-options.js";
import { createResolverRegistry } from "../../resolver/registry.js";
import type { ResolverFactory } from "../../resolver/resolver.js";
import { parseTarget, type Target } from "../../resolver/target.js";
import type { ProxyOptions, ProxyServer } from "../../subchannel/node/proxy/proxy.js";
import {
  direct,
  proxiesOf,
  proxyEnvironment,
  toProxyRules,
} from "../../subchannel/node/proxy/proxy-rules.js";

/** Options of `createChannel` that say how its target is found and reached. */
export interface TargetOptions {
  /**
   * Dials instead of the built-in dialer, once for each connection: in-memory pairs, tunnels. Host names
   * are not looked up: it gets them as they stand in the target. TLS, if the credentials ask for it, is
   * spoken over what it resolves to. Default none.
   */
  readonly connect?: ((address: Address) => Promise<ByteStream>) | undefined;
  /** How `dns:` targets are looked up, and when again. Default: by the system, and again as the answers say. */
  readonly dns?: DnsOptions | undefined;
  /**
   * The proxy that connections go through, whatever the environment says: the URL of an HTTP, HTTPS or
   * SOCKS5 proxy, or more about it; false: none. Unix sockets and `connect` have no proxy. Default: from
   * `grpc_proxy`, `https_proxy` or `http_proxy` unless `no_grpc_proxy` or `no_proxy` names the host (gRFC A1).
   */
  readonly proxy?: string | ProxyOptions | false | undefined;
}

/** A target and everything that follows from it. */
export interface ChannelTarget {
  readonly target: Target;
  readonly resolver: ResolverFactory;
  readonly authority: string;
  /** The proxy that leads to an address; undefined: it is reached directly. */
  readonly proxyFor: (address: TcpAddress) => ProxyServer | undefined;
  /** Tells channels apart whose connections go other ways to the same address. */
  readonly proxyKey: string;
}

/** @throws {UsageError} when target, DNS options or proxy cannot be used. */
export function toChannelTarget(
  text: string,
  options: TargetOptions & ChannelSettings,
): ChannelTarget {
  const environment = proxyEnvironment(process.env);
  const proxies = options.connect ? direct : toProxyRules(options.proxy, environment);
  const dns = createDnsResolver({
    options: options.dns,
    // A dialer of the application's own gets names as they are, and decides what they mean.
    leavesNames: (host, port) => {
      const proxy = proxies(host, port);
      return options.connect !== undefined || (proxy !== undefined && !proxy.localDns);
    },
    findsConfig: options.ignoreResolvedServiceConfig !== true,
  });
  const registry = createResolverRegistry({ dns, ...options.resolvers });
  const target = parseTarget(text, (scheme) => registry.has(scheme));
  // parseTarget only answers with schemes that the registry has.
  const resolver = registry.get(target.scheme)!;
  const authority = toAuthority(target, resolver, options);
  const named = resolver === dns ? parseDnsTarget(target) : undefined;
  const isDirect = named !== undefined && proxies(named.host, named.port) === undefined;
  return {
    target,
    resolver,
    authority,
    proxyFor: proxiesOf(proxies, named),
    proxyKey: `${isDirect} ${JSON.stringify(environment)}`,
  };
}

function toAuthority(
  target: Target,
  resolver: ResolverFactory,
  options: TargetOptions & ChannelSettings,
): string {
  // Asked in any case: it also checks the target.
  const fromTarget = resolver.defaultAuthority(target);
  return options.authority === undefined ? fromTarget : checkAuthority(options.authority);
}
