// Connections without TLS.

/** No encryption: for tests, for loopback, and behind something else that encrypts. */
export interface PlaintextCredentials {
  /** Tells these credentials from TLS. */
  readonly kind: "plaintext";
}

/** Plaintext HTTP/2, on a server or a channel. */
export const plaintext: PlaintextCredentials = Object.freeze({ kind: "plaintext" });
