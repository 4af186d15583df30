// Which proxy leads to which host: the channel's option, else the environment as gRPC reads it (gRFC A1).
import { UsageError } from "@trunkline/core";
import type { TcpAddress } from "../../../resolver/address.js";
import { parseNoProxy } from "./no-proxy.js";
import {
  checkNoProxy,
  isLoopback,
  type ProxyOptions,
  type ProxyServer,
  parseProxy,
} from "./proxy.js";

/** The proxy for a host with a port; undefined: it is reached directly. */
export type ProxyRules = (host: string, port: number) => ProxyServer | undefined;

/** The channel option: see `ChannelOptions.proxy`. */
export type ProxyOption = string | ProxyOptions | false | undefined;

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Never a proxy. */
export const direct: ProxyRules = () => undefined;

const proxyVariables = ["grpc_proxy", "https_proxy", "http_proxy"] as const;
const noProxyVariables = ["no_grpc_proxy", "no_proxy"] as const;

/** Those variables that tell of proxies; none where the process may not read them, as on Deno without `--allow-env`. */
export function proxyEnvironment(environment: Environment): Environment {
  try {
    return pickProxyVariables(environment);
  } catch {
    return {};
  }
}

function pickProxyVariables(environment: Environment): Environment {
  const names = [...proxyVariables, ...noProxyVariables].flatMap((name) => [
    name,
    name.toUpperCase(),
  ]);
  const given = [...names, "REQUEST_METHOD"].filter((name) => environment[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, environment[name]]));
}

/** @throws {UsageError} when option or environment name a proxy that cannot be used: never is there a direct connection instead. */
export function toProxyRules(option: ProxyOption, environment: Environment): ProxyRules {
  if (option === false) return direct;
  if (option === undefined) return readEnvironment(environment);
  const options = typeof option === "string" ? { url: option } : option;
  if (typeof options !== "object" || options === null) {
    throw new UsageError(`option proxy is ${String(option)}; it must be a URL, an object or false`);
  }
  const proxy = parseProxy(options, "option proxy");
  const skips = parseNoProxy(checkNoProxy(options.noProxy), "option proxy.noProxy");
  return (host, port) => (skips(host, port) ? undefined : proxy);
}

function readEnvironment(environment: Environment): ProxyRules {
  const name = firstSet(environment, proxyVariables);
  if (name === undefined) return direct;
  const proxy = parseProxy({ url: environment[name] ?? "" }, `environment variable ${name}`);
  const noName = firstSet(environment, noProxyVariables);
  const skips = parseNoProxy((environment[noName ?? ""] ?? "").split(/[,\s]+/));
  return (host, port) => {
    // "localhost" of a proxy elsewhere would be another machine.
    const isOurs = isLoopback(host) && !isLoopback(proxy.host);
    return isOurs || skips(host, port) ? undefined : proxy;
  };
}

/** The first variable that is not empty, in small letters before capitals. */
function firstSet(environment: Environment, names: readonly string[]): string | undefined {
  return names
    .flatMap((name) => [name, name.toUpperCase()])
    .find((name) => (environment[name] ?? "") !== "" && !isForeignHeader(name, environment));
}

/** In a CGI program, HTTP_PROXY is what a client sent as its header `Proxy` (CVE-2016-5385). */
function isForeignHeader(name: string, environment: Environment): boolean {
  return name === "HTTP_PROXY" && environment.REQUEST_METHOD !== undefined;
}

/**
 * The proxy for each address of a channel.
 * @param named the host and port of a `dns:` target: its name decides for all its addresses.
 */
export function proxiesOf(
  rules: ProxyRules,
  named: { readonly host: string; readonly port: number } | undefined,
): (address: TcpAddress) => ProxyServer | undefined {
  if (named !== undefined && rules(named.host, named.port) === undefined) return () => undefined;
  return ({ host, port }) => rules(host, port);
}
