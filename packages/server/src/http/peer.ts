// Who is at the other end of a connection: the address, and the certificate under TLS.
import type { Peer, TlsPeer } from "@trunkline/core";

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
}

/** What TLS has established about a connection and the certificate of its client. */
export interface ClientTlsPeer extends TlsPeer {
  /** The certificate's subject, for example `{ CN: "client" }`; undefined without a certificate. */
  readonly subject: Readonly<Record<string, string | string[]>> | undefined;
  /** The alternative names as one text, for example `DNS:a.example, URI:spiffe://x/y`. */
  readonly subjectAltName: string | undefined;
  /** SHA-256 of the certificate, in hexadecimal with colons. */
  readonly fingerprint256: string | undefined;
}
