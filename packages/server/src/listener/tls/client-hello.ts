// Reads which server a TLS client asks for out of its first message (RFC 8446 s4.1.2, RFC 6066 s3).

/** What a ClientHello says. */
export interface ClientHello {
  /** The name as it was sent; undefined when none was, or when this is no ClientHello: OpenSSL has the last word on that. */
  readonly serverName: string | undefined;
}

const nothingSaid: ClientHello = { serverName: undefined };

const recordHeadBytes = 5;
const handshakeRecord = 22;
const clientHello = 1;
const serverNameExtension = 0;
const hostName = 0;

/** No client needs more; OpenSSL accepts 128 KiB. */
const maxHelloBytes = 65_536;

/** @returns undefined as long as more bytes are needed. */
export function readClientHello(bytes: Buffer): ClientHello | undefined {
  const message = joinRecords(bytes);
  if (message === "incomplete") return undefined;
  if (message === "other") return nothingSaid;
  try {
    return { serverName: findServerName(new Reader(message)) };
  } catch {
    return nothingSaid;
  }
}

/** A message may be spread over several records, and a record over several packets. */
function joinRecords(bytes: Buffer): Buffer | "incomplete" | "other" {
  const parts: Buffer[] = [];
  let length = 0;
  for (let at = 0; ; ) {
    if (bytes.length > at && bytes[at] !== handshakeRecord) return "other";
    if (bytes.length < at + recordHeadBytes) return "incomplete";
    const end = at + recordHeadBytes + bytes.readUInt16BE(at + 3);
    const part = bytes.subarray(at + recordHeadBytes, end);
    if (part.length === 0 && bytes.length >= end) return "other";
    parts.push(part);
    length += part.length;
    const message = length >= 4 ? Buffer.concat(parts) : undefined;
    const needed = message === undefined ? 4 : 4 + message.readUIntBE(1, 3);
    if (message !== undefined && (message[0] !== clientHello || needed > maxHelloBytes)) {
      return "other";
    }
    if (message !== undefined && length >= needed) return message.subarray(4, needed);
    if (bytes.length < end) return "incomplete";
    at = end;
  }
}

/** Reads numbers and vectors in their order; throws where the bytes end too early. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  number(size: number): number {
    const value = this.#bytes.readUIntBE(this.#at, size);
    this.#at += size;
    return value;
  }

  /** What stands behind its length, which is a number of so many bytes. */
  vector(lengthSize: number): Buffer {
    const length = this.number(lengthSize);
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError("a vector is cut off");
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return value;
  }

  skip(count: number): void {
    this.#at += count;
  }
}

function findServerName(hello: Reader): string | undefined {
  hello.skip(2 + 32); // the version and the random
  hello.vector(1); // the session id
  hello.vector(2); // the cipher suites
  hello.vector(1); // the compression methods
  if (hello.isAtEnd) return undefined;
  const extensions = new Reader(hello.vector(2));
  while (!extensions.isAtEnd) {
    const type = extensions.number(2);
    const content = extensions.vector(2);
    if (type !== serverNameExtension) continue;
    const names = new Reader(new Reader(content).vector(2));
    const kind = names.number(1);
    return kind === hostName ? names.vector(2).toString("latin1") : undefined;
  }
  return undefined;
}
