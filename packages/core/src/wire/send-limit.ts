// Refuses to send messages above a limit, in the shape of a codec: where there is no limit, there is nothing to pay.
import { Code } from "../status/code.js";
import { RpcError } from "../status/rpc-error.js";
import type { MessageCodec } from "./message-codec.js";

/**
 * The codec, with a limit on what it encodes. The size is that of the message before compression.
 * @param maxBytes Infinity: the codec itself.
 * @param what begins the error: `request of /users.v1.Users/Get`.
 * @param source ends it: whose limit that is.
 * @returns a codec whose encoding throws RpcError RESOURCE_EXHAUSTED above the limit.
 */
export function limitSentBytes<T>(
  codec: MessageCodec<T>,
  maxBytes: number,
  what: string,
  source: string = "option maxSendMessageBytes",
): MessageCodec<T> {
  if (maxBytes === Number.POSITIVE_INFINITY) return codec;
  return codec.encodeInto === undefined
    ? new LimitedCodec(codec, maxBytes, what, source)
    : new LimitedPlacingCodec(codec, maxBytes, what, source);
}

class LimitedCodec<T> implements MessageCodec<T> {
  protected readonly codec: MessageCodec<T>;
  readonly #maxBytes: number;
  readonly #what: string;
  readonly #source: string;

  constructor(codec: MessageCodec<T>, maxBytes: number, what: string, source: string) {
    this.codec = codec;
    this.#maxBytes = maxBytes;
    this.#what = what;
    this.#source = source;
  }

  encode(message: T): Uint8Array {
    const bytes = this.codec.encode(message);
    this.check(bytes.length);
    return bytes;
  }

  decode(bytes: Uint8Array, start?: number, end?: number, owned?: boolean): T {
    return this.codec.decode(bytes, start, end, owned);
  }

  protected check(byteCount: number): void {
    if (byteCount <= this.#maxBytes) return;
    throw new RpcError(
      Code.RESOURCE_EXHAUSTED,
      `${this.#what}: message of ${byteCount} bytes exceeds the send limit of ${this.#maxBytes} bytes (${this.#source})`,
    );
  }
}

class LimitedPlacingCodec<T> extends LimitedCodec<T> {
  encodeInto(message: T, target: Uint8Array, offset: number, limit: number): number {
    const end = this.codec.encodeInto!(message, target, offset, limit);
    this.check(Math.abs(end) - offset);
    return end;
  }

  tailOf(message: T): Uint8Array | undefined {
    return this.codec.tailOf?.(message);
  }
}
