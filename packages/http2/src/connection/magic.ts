// The octets that a client's side of every connection begins with (RFC 9113 s3.4).

/** "PRI * HTTP/2.0", an empty line, "SM" and an empty line. */
export const connectionMagic: Uint8Array = Uint8Array.from(
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  (char) => char.charCodeAt(0),
);
