// Puts messages together that are preceded by their length: one copy, into a buffer of the right size.

export const LENGTH_BYTES = 4;

export class MessageReader {
  readonly #received: (message: Uint8Array) => void;
  readonly #head: Buffer = Buffer.allocUnsafe(LENGTH_BYTES);
  #headBytes = 0;
  #message: Buffer | undefined;
  #filled = 0;

  constructor(received: (message: Uint8Array) => void) {
    this.#received = received;
  }

  read(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      at += this.#message === undefined ? this.#readHead(bytes, at) : this.#fill(bytes, at);
    }
  }

  #readHead(bytes: Uint8Array, at: number): number {
    this.#head[this.#headBytes++] = bytes[at] as number;
    if (this.#headBytes === LENGTH_BYTES) {
      this.#message = Buffer.allocUnsafe(this.#head.readUInt32BE());
      this.#headBytes = 0;
      this.#filled = 0;
    }
    return 1;
  }

  #fill(bytes: Uint8Array, at: number): number {
    const message = this.#message as Buffer;
    const part = bytes.subarray(at, at + message.length - this.#filled);
    message.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled === message.length) {
      this.#message = undefined;
      this.#received(message);
    }
    return part.length;
  }
}
