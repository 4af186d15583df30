// Puts bytes together: what every hand-made frame is written with.

/** One run of bytes from many. */
export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

/** What `make` gives, `count` times, as one run of bytes. */
export function repeat(count: number, make: (turn: number) => Uint8Array): Uint8Array {
  return Buffer.concat(Array.from({ length: count }, (_, turn) => make(turn)));
}

/** `length` bytes of zero. */
export function zeros(length: number): Uint8Array {
  return new Uint8Array(length);
}

/** A message in its gRPC envelope; `declared` may lie about its length, and `flags` 1 says that it is compressed. */
export function envelope(message: Uint8Array, declared = message.length, flags = 0): Uint8Array {
  const head = Buffer.alloc(5, flags);
  head.writeUInt32BE(declared, 1);
  return join(head, message);
}
