// What metadata may hold: names, which of them carry bytes, which belong to the protocol, and text.

// PROTOCOL-HTTP2.md "Custom-Metadata": Header-Name is 1*( 0-9 a-z _ - . ).
const namePattern = /^[0-9a-z_.-]+$/;

// PROTOCOL-HTTP2.md "Custom-Metadata": ASCII-Value is 0x20 to 0x7e.
const textPattern = /^[\x20-\x7e]*$/;

// Fields with a job of their own in HTTP (RFC 9113 s8.2.2, s8.3.1) or in the head of a gRPC message.
const protocolNames: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "content-type",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

// The exceptions to the rule that everything beginning with grpc- belongs to the protocol.
const openGrpcNames: ReadonlySet<string> = new Set([
  "grpc-previous-rpc-attempts",
  "grpc-retry-pushback-ms",
  "grpc-status-details-bin",
  "grpc-tags-bin",
  "grpc-trace-bin",
]);

/** Whether the values of this (lower-case) name are bytes, base64-coded on the wire. */
export function isBinaryName(name: string): boolean {
  return name.endsWith("-bin");
}

/** Whether `name` is made of the characters that a name may have, in lower case. */
export function isValidName(name: string): boolean {
  return namePattern.test(name);
}

/** Whether `value` is made of the characters that a text value may have: printable ASCII. */
export function isValidText(value: string): boolean {
  return textPattern.test(value);
}

/**
 * Whether a received field of this (lower-case) name is the protocol's own and no metadata.
 * `user-agent` is not: a server may read what its caller said about itself.
 */
export function isProtocolName(name: string): boolean {
  if (name.startsWith("grpc-")) {
    return !openGrpcNames.has(name);
  }
  return name.charCodeAt(0) === 0x3a || protocolNames.has(name);
}

/** Whether applications may not set this (lower-case) name: the protocol's own, and `user-agent`. */
export function isReservedName(name: string): boolean {
  return name === "user-agent" || isProtocolName(name);
}
