// Describes the other end of a socket.
import { Socket } from "node:net";
import type { PeerCertificate, TLSSocket } from "node:tls";
import { formatSubject, namesOfKind, parseAltNames, toSpiffeId } from "@trunkline/core";
import type { ByteStream } from "@trunkline/http2";
import type { ClientPeer, ClientProxy, ClientTlsPeer } from "../http/peer.js";
import type { ProxiedAddress } from "./proxy-protocol/header.js";
import { proxyHeaderOf } from "./proxy-protocol/receive-header.js";

/** Describes the other end of `duplex`. The address is read now, the certificate on first use. */
export function describePeer(duplex: ByteStream): ClientPeer {
  return new SocketPeer(duplex);
}

class SocketPeer implements ClientPeer {
  readonly address: string;
  readonly port: number | undefined;
  readonly proxy: ClientProxy | undefined;
  readonly #socket: Socket | undefined;
  #tls: ClientTlsPeer | undefined;

  constructor(duplex: ByteStream) {
    const socket = duplex instanceof Socket ? duplex : undefined;
    const address =
      socket === undefined ? "memory" : formatAddress(socket.remoteAddress, socket.remotePort);
    const header = socket && proxyHeaderOf(socket);
    const client = header?.source;
    this.port = client === undefined ? socket?.remotePort : client.port;
    this.address = client === undefined ? address : formatProxied(client);
    this.proxy = header && { address, header };
    this.#socket = socket;
  }

  get localAddress(): string | undefined {
    const reached = this.proxy?.header.destination;
    if (reached !== undefined) return formatProxied(reached);
    const { localAddress, localPort } = this.#socket ?? {};
    return localAddress === undefined ? undefined : formatAddress(localAddress, localPort);
  }

  get tls(): ClientTlsPeer | undefined {
    const socket = this.#socket;
    if (this.#tls === undefined && socket !== undefined && isEncrypted(socket)) {
      this.#tls = describeTls(socket);
    }
    return this.#tls;
  }
}

/** By its property, for `instanceof` would load the TLS of Node.js where nobody uses it. */
function isEncrypted(socket: Socket): socket is TLSSocket {
  return "encrypted" in socket && socket.encrypted === true;
}

/** Clients on a unix-domain socket have no name of their own. */
function formatAddress(ip: string | undefined, port: number | undefined): string {
  if (ip === undefined) return "unix:";
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}

function formatProxied({ host, port }: ProxiedAddress): string {
  return port === undefined ? `unix:${host}` : formatAddress(host, port);
}

function describeTls(socket: TLSSocket): ClientTlsPeer {
  const certificate: Partial<PeerCertificate> = socket.getPeerCertificate() ?? {};
  const commonName: unknown = certificate.subject?.CN;
  const subjectAltNames = parseAltNames(certificate.subjectaltname ?? "");
  const uriNames = namesOfKind("URI", subjectAltNames);
  return {
    protocol: socket.getProtocol() ?? "unknown",
    cipher: socket.getCipher()?.standardName ?? "unknown",
    // Deno says so of a client that was not even asked for a certificate.
    authorized: socket.authorized && certificate.raw !== undefined,
    certificate: certificate.raw,
    commonName: typeof commonName === "string" ? commonName : undefined,
    authorizationError: certificate.raw && toCode(socket.authorizationError),
    serverName: socket.servername || undefined,
    subject: certificate.subject as ClientTlsPeer["subject"],
    subjectAltName: certificate.subjectaltname,
    subjectName: formatSubject(certificate.subject),
    subjectAltNames,
    uriNames,
    dnsNames: namesOfKind("DNS", subjectAltNames),
    spiffeId: toSpiffeId(uriNames),
    fingerprint256: certificate.fingerprint256,
    issuerName: formatSubject(certificate.issuer),
    serialNumber: certificate.serialNumber,
    validFromMs: toTime(certificate.valid_from),
    validToMs: toTime(certificate.valid_to),
  };
}

/** Node.js has it as a code, Bun as an error with one. */
function toCode(error: unknown): string | undefined {
  if (error == null) return undefined;
  return String((error as { code?: unknown }).code ?? error);
}

function toTime(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
