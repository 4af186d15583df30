// Who is at the other end of a connection: the address, and the certificate under TLS.
import type { Peer, TlsPeer } from "@trunkline/core";
import type { ProxyHeader } from "../listener/proxy-protocol/header.js";

/** The other end of a connection to a server. */
export interface ClientPeer extends Peer {
  /** The client's TCP port; undefined on unix-domain sockets and in-memory connections. */
  readonly port: number | undefined;
  /**
   * The address that the client has reached, as `address` is written; undefined for in-memory connections, and when
   * the connection has ended.
   */
  readonly localAddress: string | undefined;
  /** What TLS has established; undefined on a plaintext connection. Worked out on first use. */
  readonly tls: ClientTlsPeer | undefined;
  /**
   * The proxy that has said by the PROXY protocol who the client is; `address`, `port` and `localAddress` are what it says.
   * Undefined without the option `proxyProtocol` of `listen`, and for connections without a header.
   */
  readonly proxy?: ClientProxy | undefined;
}

/** A proxy that passes a client's connection on, and what it says by the PROXY protocol. */
export interface ClientProxy {
  /** The proxy itself, as `address` of the peer is written. */
  readonly address: string;
  /** What it has said. */
  readonly header: ProxyHeader;
}

/** What TLS has established about a connection and the certificate of its client. */
export interface ClientTlsPeer extends TlsPeer {
  /** The certificate's subject, for example `{ CN: "client" }`; undefined without a certificate. */
  readonly subject: Readonly<Record<string, string | string[]>> | undefined;
  /** The subject as one text, most specific name first, for example `CN=client,O=Example` (RFC 4514); undefined without a certificate. */
  readonly subjectName: string | undefined;
  /** The URIs among the alternative names; empty without any. */
  readonly uriNames: readonly string[];
  /** The DNS names among the alternative names; empty without any. */
  readonly dnsNames: readonly string[];
  /**
   * The identity of a workload, `spiffe://domain/path`, where the certificate is a SPIFFE X.509-SVID, which has this one
   * URI and no other; else undefined. Only as good as `authorized`.
   */
  readonly spiffeId: string | undefined;
  /** The alternative names as one text, for example `DNS:a.example, URI:spiffe://x/y`. */
  readonly subjectAltName: string | undefined;
  /** SHA-256 of the certificate, in hexadecimal with colons. */
  readonly fingerprint256: string | undefined;
  /** The name of the CA that has signed the certificate, as `subjectName` is written; undefined without a certificate. */
  readonly issuerName: string | undefined;
  /** The number that its CA gave the certificate, in hexadecimal. */
  readonly serialNumber: string | undefined;
  /** From when on the certificate is valid, milliseconds since 1970. */
  readonly validFromMs: number | undefined;
  /** Until when the certificate is valid, milliseconds since 1970. It may have passed while the connection was open. */
  readonly validToMs: number | undefined;
  /** Why the certificate is not believed, for example `CERT_HAS_EXPIRED`; undefined if it is, and without one. */
  readonly authorizationError: string | undefined;
  /** The name of the server that the client has asked for (SNI); undefined when it named none. */
  readonly serverName: string | undefined;
}
