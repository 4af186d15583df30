// What a PROXY protocol header says, whichever version it is written in.

/** One end of the connection that the proxy has accepted. */
export interface ProxiedAddress {
  /** The IP address; the path of a unix-domain socket. */
  readonly host: string;
  /** The TCP port; undefined for a unix-domain socket. */
  readonly port: number | undefined;
}

/** What a proxy that has ended TLS says about it (PP2_TYPE_SSL). What it says is as good as the proxy. */
export interface ProxiedTls {
  /** The client has presented a certificate on this connection. */
  readonly hasCertificate: boolean;
  /** The client has presented a certificate at least once in its TLS session. */
  readonly hasSessionCertificate: boolean;
  /** The proxy has checked the certificate and found it good. */
  readonly verified: boolean;
  /** For example `TLSv1.3`. */
  readonly version: string | undefined;
  /** The common name of the client's certificate. */
  readonly commonName: string | undefined;
  /** For example `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string | undefined;
  /** How the certificate was signed, for example `SHA256`. */
  readonly signatureAlgorithm: string | undefined;
  /** The key of the certificate, for example `RSA2048`. */
  readonly keyAlgorithm: string | undefined;
}

/** A header that was understood. */
export interface ProxyHeader {
  /** 1: a line of text; 2: binary. */
  readonly version: 1 | 2;
  /**
   * `LOCAL`: the proxy speaks for itself, as its health checks do. `PROXY`: it passes a client on; `source` is missing
   * where it does not know, or must not say, which.
   */
  readonly command: "LOCAL" | "PROXY";
  /** The client. */
  readonly source: ProxiedAddress | undefined;
  /** What the client has connected to. */
  readonly destination: ProxiedAddress | undefined;
  /** Every field behind the addresses, by type; of several of a type the last one. Empty in version 1. */
  readonly fields: ReadonlyMap<number, Uint8Array>;
  /** The protocol that was agreed on by ALPN, for example `h2` (PP2_TYPE_ALPN). */
  readonly alpn: string | undefined;
  /** The host name that the client has asked for, in TLS by SNI (PP2_TYPE_AUTHORITY). */
  readonly authority: string | undefined;
  /** The proxy's own number of the connection (PP2_TYPE_UNIQUE_ID). */
  readonly uniqueId: Uint8Array | undefined;
  /** The network namespace of the proxy's end (PP2_TYPE_NETNS). */
  readonly namespace: string | undefined;
  /** What the proxy says about TLS between the client and it; undefined: nothing, or there was none. */
  readonly tls: ProxiedTls | undefined;
}

/** What the first bytes of a connection turned out to be. */
export type ProxyHeaderResult =
  | { readonly kind: "header"; readonly header: ProxyHeader; readonly byteLength: number }
  /** More bytes are needed to tell. */
  | { readonly kind: "incomplete" }
  /** They do not begin a header. */
  | { readonly kind: "absent" }
  | { readonly kind: "fault"; readonly reason: string };

/** More bytes are needed. */
export const incomplete: ProxyHeaderResult = { kind: "incomplete" };

/** A header that breaks the rules. */
export function toFault(reason: string): ProxyHeaderResult {
  return { kind: "fault", reason };
}
