// Reaches an address through a proxy: connects to it, speaks TLS with it if it wants that, and has it open a tunnel.
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { formatAddress, type TcpAddress } from "../../../resolver/address.js";
import { loadTlsModules, secureSocket } from "../secure-socket.js";
import { untilConnected } from "../until-connected.js";
import { connectByHttp } from "./http-connect.js";
import type { ProxyServer } from "./proxy.js";
import { connectBySocks5 } from "./socks5.js";

/** How the socket to the proxy is opened. */
export interface TunnelOptions {
  /** Silence after which the system asks whether the proxy is there, milliseconds; 0: never. */
  readonly tcpKeepaliveMs: number;
  readonly signal: AbortSignal;
}

/** The tunnel, ready for use. Rejects with an error that names proxy and target, or with the signal's reason. */
export async function openTunnel(
  proxy: ProxyServer,
  address: TcpAddress,
  options: TunnelOptions,
): Promise<Duplex> {
  const { signal } = options;
  // Loaded before there is a socket: nobody would hear of its errors meanwhile.
  const modules = proxy.credentials === undefined ? undefined : await loadTlsModules();
  signal.throwIfAborted();
  let socket: Duplex | undefined;
  try {
    const target = formatTarget(address);
    const plain = await untilConnected(openSocket(proxy, options), "connect", signal);
    socket = plain;
    if (modules !== undefined && proxy.credentials !== undefined) {
      const { credentials, host } = proxy;
      const secure = {
        modules,
        credentials,
        authorityHost: host,
        signal,
        protocol: "http/1.1",
      } as const;
      socket = await secureSocket(plain, "it", secure);
    }
    await (proxy.kind === "http"
      ? connectByHttp(socket, proxy, target, signal)
      : connectBySocks5(socket, proxy, address, signal));
    return socket;
  } catch (error) {
    socket?.destroy();
    throw signal.aborted ? error : explain(error as Error, proxy, address);
  }
}

function openSocket({ host, port }: ProxyServer, { tcpKeepaliveMs }: TunnelOptions): Socket {
  const keepAlive = tcpKeepaliveMs > 0;
  const tcp = { noDelay: true, keepAlive, keepAliveInitialDelay: tcpKeepaliveMs };
  return connect({ host, port, ...tcp }).unref();
}

/** As it stands in a CONNECT request. @throws Error when the host would be more than that. */
function formatTarget(address: TcpAddress): string {
  const target = formatAddress(address);
  if (!/^[\x21-\x7e]+$/.test(target)) throw new Error("the host cannot stand in a request");
  return target;
}

function explain(cause: Error, proxy: ProxyServer, address: TcpAddress): Error {
  const text = `proxy ${proxy.label} gave no tunnel to ${formatAddress(address)}: ${cause.message}`;
  const { code } = cause as { code?: unknown };
  return Object.assign(new Error(text, { cause }), code === undefined ? {} : { code });
}
