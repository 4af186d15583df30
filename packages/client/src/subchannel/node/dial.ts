// Opens sockets: TCP, Unix, TLS, through proxies, each attempt abortable, none of them keeping the process alive.
import { type NetConnectOpts, connect as netConnect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { type ChannelCredentials, describeValue, UsageError } from "@trunkline/core";
import { type ByteStream, connectSocket } from "@trunkline/http2";
import { type Address, formatAddress, type TcpAddress } from "../../resolver/address.js";
import { openTunnel } from "./proxy/open-tunnel.js";
import type { ProxyServer } from "./proxy/proxy.js";
import { loadTlsModules, type SecureOptions, secureSocket } from "./secure-socket.js";
import { untilConnected } from "./until-connected.js";

/** How to reach an address. */
export interface DialOptions {
  readonly credentials: ChannelCredentials;
  /** The host of the channel's authority: the name a certificate must carry unless the credentials name another. */
  readonly authorityHost: string;
  /** A dialer of the application's own; TLS, if any, is spoken over what it returns. */
  readonly connect: ((address: Address) => Promise<ByteStream>) | undefined;
  /** The proxy that leads to an address; undefined: it is reached directly. */
  proxyFor(address: TcpAddress): ProxyServer | undefined;
  /** Silence after which the system asks whether the other machine is there, milliseconds; 0: never. */
  readonly tcpKeepaliveMs: number;
  readonly signal: AbortSignal;
}

/**
 * Connects and, with TLS, shakes hands and makes sure that the server speaks HTTP/2.
 * Rejects with an error that names the address, or with the signal's reason.
 */
export async function dial(address: Address, options: DialOptions): Promise<ByteStream> {
  const { credentials, connect, signal } = options;
  // Loaded before there is a socket: nobody would hear of its errors meanwhile.
  const secure = credentials.kind === "tls" ? await loadTls(credentials, options) : undefined;
  signal.throwIfAborted();
  if (connect !== undefined) {
    const stream = checkStream(await raceAbort(connect(address), signal));
    if (secure === undefined) return stream;
    if (stream instanceof Duplex) return secure(stream, formatAddress(address));
    stream.destroy();
    throw new UsageError("TLS needs a Duplex: option connect resolved to another stream of bytes");
  }
  const proxy = address.kind === "tcp" ? options.proxyFor(address) : undefined;
  if (proxy !== undefined) {
    const tunnel = await openTunnel(proxy, address as TcpAddress, options);
    return secure === undefined ? tunnel : secure(tunnel, formatAddress(address));
  }
  // TLS reads from its socket in its own way.
  const open = secure === undefined ? connectSocket : netConnect;
  const socket = await untilConnected(
    openSocket(address, options.tcpKeepaliveMs, open),
    "connect",
    signal,
  );
  return secure === undefined ? socket : secure(socket, formatAddress(address));
}

type Secure = (duplex: Duplex, peer: string) => Promise<Duplex>;

/** Node's TLS takes a while to load: plaintext does without. */
async function loadTls(
  credentials: SecureOptions["credentials"],
  options: DialOptions,
): Promise<Secure> {
  const { authorityHost, signal } = options;
  const secure: SecureOptions = {
    modules: await loadTlsModules(),
    credentials,
    authorityHost,
    signal,
  };
  return (duplex, peer) => secureSocket(duplex, peer, secure);
}

function openSocket(
  address: Address,
  keepaliveMs: number,
  open: (options: NetConnectOpts) => Socket,
): Socket {
  const tcp = {
    noDelay: true,
    keepAlive: keepaliveMs > 0,
    keepAliveInitialDelay: keepaliveMs,
  };
  const socket =
    address.kind === "unix"
      ? open({ path: address.path })
      : open({ host: address.host, port: address.port, ...tcp });
  return socket.unref();
}

/** @throws {UsageError} when the dialer of the application has come back with something else. */
function checkStream(stream: ByteStream): ByteStream {
  if (typeof stream?.on === "function" && typeof stream.write === "function") return stream;
  throw new UsageError(
    `option connect resolved to ${describeValue(stream)}; it must be a Duplex, or a stream of bytes`,
  );
}

/** A dialer that comes too late has its connection thrown away. */
function raceAbort(dialling: Promise<ByteStream>, signal: AbortSignal): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    signal.addEventListener("abort", aborted);
    dialling.then(
      (duplex) => {
        signal.removeEventListener("abort", aborted);
        signal.aborted ? duplex?.destroy?.() : resolve(duplex);
      },
      (error: unknown) => {
        signal.removeEventListener("abort", aborted);
        reject(error);
      },
    );
  });
}
