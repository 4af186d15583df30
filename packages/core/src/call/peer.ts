// Who is at the other end of a call.

/** The other end of the connection that a call travels on. */
export interface Peer {
  /** `ip:port`, `[ipv6]:port`, `unix:path`, or a name for transports without addresses. */
  readonly address: string;
  /** What TLS knows of the peer; undefined on a plaintext connection. */
  readonly tls: TlsPeer | undefined;
}

/** What TLS knows of a peer. */
export interface TlsPeer {
  /** `"TLSv1.2"` or `"TLSv1.3"`. */
  readonly protocol: string;
  /** The cipher suite by its IANA name. */
  readonly cipher: string;
  /** True when the peer showed a certificate that a trusted CA vouches for. */
  readonly authorized: boolean;
  /** The peer's certificate in DER; undefined when it showed none. */
  readonly certificate: Uint8Array | undefined;
  /** The common name of the certificate's subject, if it has one. */
  readonly commonName: string | undefined;
  /** The certificate's alternative names: `"DNS:example.com"`, `"IP Address:10.0.0.1"`, `"URI:spiffe://..."`. */
  readonly subjectAltNames: readonly string[];
}
