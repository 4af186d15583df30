// Opens sockets: TCP, Unix and TLS, each attempt abortable, none of them keeping the process alive.
import { isIP, type NetConnectOpts, connect as netConnect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from "node:tls";
import { type ChannelCredentials, type TlsChannelCredentials, UsageError } from "@trunkline/core";
import { type ByteStream, connectSocket } from "@trunkline/http2";
import { type Address, formatAddress } from "../../resolver/address.js";
import { createIdentityCheck, verifyFurther } from "./server-identity.js";

/** How to reach an address. */
export interface DialOptions {
  readonly credentials: ChannelCredentials;
  /** The host of the channel's authority: the name a certificate must carry unless the credentials name another. */
  readonly authorityHost: string;
  /** A dialer of the application's own; TLS, if any, is spoken over what it returns. */
  readonly connect: ((address: Address) => Promise<ByteStream>) | undefined;
  readonly signal: AbortSignal;
}

/**
 * Connects and, with TLS, shakes hands and makes sure that the server speaks HTTP/2.
 * Rejects with an error that names the address, or with the signal's reason.
 */
export async function dial(address: Address, options: DialOptions): Promise<ByteStream> {
  const { credentials, connect, signal } = options;
  signal.throwIfAborted();
  if (connect === undefined) {
    // TLS reads from its socket in its own way.
    const open = credentials.kind === "tls" ? netConnect : connectSocket;
    const socket = await untilConnected(openSocket(address, open), "connect", signal);
    return credentials.kind === "tls" ? secure(socket, address, credentials, options) : socket;
  }
  const stream = await raceAbort(connect(address), signal);
  if (credentials.kind !== "tls") return stream;
  if (stream instanceof Duplex) return secure(stream, address, credentials, options);
  stream.destroy();
  throw new UsageError("TLS needs a Duplex: option connect resolved to another stream of bytes");
}

function openSocket(address: Address, open: (options: NetConnectOpts) => Socket): Socket {
  const socket =
    address.kind === "unix"
      ? open({ path: address.path })
      : open({ host: address.host, port: address.port, noDelay: true });
  return socket.unref();
}

async function secure(
  duplex: Duplex,
  address: Address,
  credentials: TlsChannelCredentials,
  options: DialOptions,
): Promise<Duplex> {
  const name = credentials.serverName ?? options.authorityHost;
  const socket = tlsConnect(toTlsOptions(duplex, credentials, name));
  socket.unref?.();
  try {
    await untilConnected(socket, "secureConnect", options.signal);
    requireHttp2(socket);
    verifyFurther(socket, name, credentials);
    return socket;
  } catch (error) {
    socket.destroy();
    duplex.destroy();
    throw explainTlsError(error as Error, address, options.signal);
  }
}

function toTlsOptions(
  duplex: Duplex,
  credentials: TlsChannelCredentials,
  name: string,
): ConnectionOptions {
  const { ca, cert, key, passphrase, minVersion, verify } = credentials;
  return {
    socket: duplex,
    ALPNProtocols: ["h2"],
    minVersion,
    rejectUnauthorized: verify,
    checkServerIdentity: createIdentityCheck(name),
    // SNI carries names only (RFC 6066 s3).
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(ca === undefined ? {} : { ca: toNodePem(ca) }),
    ...(cert === undefined ? {} : { cert: toNodePem(cert) }),
    ...(key === undefined ? {} : { key: toNodePem(key) }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

function toNodePem(pem: string | Uint8Array): string | Buffer {
  return typeof pem === "string" ? pem : Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength);
}

/** RFC 9113 s3.2 */
function requireHttp2(socket: TLSSocket): void {
  if (socket.alpnProtocol !== "h2") {
    const chosen = socket.alpnProtocol ? `chose "${socket.alpnProtocol}"` : "chose no protocol";
    throw new Error(`the server does not speak HTTP/2: offered ALPN "h2", it ${chosen}`);
  }
}

function explainTlsError(error: Error, address: Address, signal: AbortSignal): Error {
  if (signal.aborted) {
    return error;
  }
  const code = (error as { code?: string }).code ?? "";
  let hint = "";
  if (code.includes("NO_APPLICATION_PROTOCOL")) {
    hint = "the server does not speak HTTP/2 (ALPN h2): ";
  } else if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code.includes("PACKET_LENGTH")) {
    hint = "the server does not seem to speak TLS: ";
  }
  return new Error(`TLS with ${formatAddress(address)} failed: ${hint}${error.message.trim()}`, {
    cause: error,
  });
}

/** Resolves with the socket after `event`; rejects on its error, its end or the abort, and destroys it then. */
function untilConnected<S extends Socket>(
  socket: S,
  event: "connect" | "secureConnect",
  signal: AbortSignal,
): Promise<S> {
  return new Promise((resolve, reject) => {
    // The listener for errors stays: a socket without one would end the process.
    socket.on("error", (error) => settle(error));
    const closed = (): void => settle(new Error("the peer closed the connection"));
    const aborted = (): void => settle(signal.reason);
    const connected = (): void => settle(undefined);
    const settle = (error: Error | undefined): void => {
      socket.off("close", closed);
      socket.off(event, connected);
      signal.removeEventListener("abort", aborted);
      if (error === undefined) {
        resolve(socket);
      } else {
        socket.destroy();
        reject(error);
      }
    };
    socket.once("close", closed);
    socket.once(event, connected);
    signal.addEventListener("abort", aborted);
  });
}

/** A dialer that comes too late has its connection thrown away. */
function raceAbort(dialling: Promise<ByteStream>, signal: AbortSignal): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    signal.addEventListener("abort", aborted);
    dialling.then(
      (duplex) => {
        signal.removeEventListener("abort", aborted);
        signal.aborted ? duplex.destroy() : resolve(duplex);
      },
      (error: unknown) => {
        signal.removeEventListener("abort", aborted);
        reject(error);
      },
    );
  });
}
