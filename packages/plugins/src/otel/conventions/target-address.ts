// What a channel's target and a server's authority say of where a service is, in OpenTelemetry's terms.
import type { Attributes } from "@opentelemetry/api";

/** The target as a URI (gRFC A66 `grpc.target`): `dns:///` is written out where the application left it off. */
export function canonicalTarget(target: string): string {
  const hasScheme =
    /^(?:[a-z][a-z0-9+.-]*:\/\/|(?:dns|ipv4|ipv6|unix|unix-abstract|vsock|passthrough):)/i;
  return hasScheme.test(target) ? target : `dns:///${target}`;
}

/** `server.address` and `server.port` of a channel's target; the whole target where it names no single server. */
export function targetAddress(target: string): Attributes {
  const uri = canonicalTarget(target);
  const unix = /^unix(?:-abstract)?:(?:\/\/[^/]*(?=\/))?(.+)$/i.exec(uri);
  if (unix !== null) return { "server.address": unix[1] ?? target };
  const single = /^(?:dns|passthrough|ipv4|ipv6):(?:\/\/[^/]*\/)?(.+)$/i.exec(uri)?.[1];
  return (single && !single.includes(",") && hostAndPort(single)) || { "server.address": target };
}

/** `server.address` and `server.port` of `host:port`, `[::1]:port` or a host alone; undefined for anything else. */
export function hostAndPort(text: string): Attributes | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) return undefined;
  const port = match?.[3];
  return port === undefined
    ? { "server.address": host }
    : { "server.address": host, "server.port": Number(port) };
}

/** `network.peer.address` and `network.peer.port` of the other end of a connection. */
export function peerAddress(address: string): Attributes {
  const found = hostAndPort(address);
  if (found === undefined) return { "network.peer.address": address };
  const port = found["server.port"];
  const host = { "network.peer.address": found["server.address"] };
  return port === undefined ? host : { ...host, "network.peer.port": port };
}
