// The codec of a message type: what calls use to turn messages into bytes and back.
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { closureCode } from "./closure/closure-code.js";
import { trace } from "./closure/trace.js";
import { CodecError } from "./codec-error.js";
import { canGenerateCode } from "./compiled/code-generation.js";
import { compiledCode } from "./compiled/compiled-code.js";
import type { Loose, MessageCode } from "./plan/message-code.js";
import { createTailReader, type TailReader } from "./plan/tail-field.js";
import { Room } from "./room.js";
import { cursor } from "./wire/cursor.js";

/** Turns messages of one type into bytes and back, exactly as `toBinary` and `fromBinary` do. */
export interface Codec<T> {
  /**
   * Encodes a message. Nothing else ever writes to the bytes returned, but a small message may share
   * their ArrayBuffer with others, as `Buffer.from` does: heed `byteOffset`, and copy the bytes
   * before transferring their buffer to another thread.
   * @throws CodecError when the message is of another type, a required field is missing, or a value
   * does not fit its field.
   */
  encode(message: T): Uint8Array;
  /**
   * Encodes a message into `target` from `offset` on.
   * @param limit one past the last byte that the message may take; at most `target.length`
   * @returns one past the last byte written. Where that would lie beyond `limit`, the same number below
   * zero: so large `target` would have to be. What lies between `offset` and the end of `target` may
   * have been overwritten in either case.
   * @throws CodecError as `encode` does.
   */
  encodeInto(message: T, target: Uint8Array, offset: number, limit: number): number;
  /**
   * The bytes field that a message ends with on the wire, for those who can send bytes without copying
   * them. After `encodeInto` has said that a message does not fit, all that stands before these bytes is
   * in `target`, provided that it fits: they begin `length` bytes before the end.
   * @returns the field's own value; undefined when the message ends with something else.
   */
  tailOf(message: T): Uint8Array | undefined;
  /**
   * Decodes the message in `bytes` from `start` (default 0) to `end` (default: the end).
   * @param owned true: the bytes will never change, so that the message may keep views of them.
   * Default false: whatever the message keeps is copied.
   * @throws CodecError when the bytes are not a message of this type.
   */
  decode(bytes: Uint8Array, start?: number, end?: number, owned?: boolean): T;
}

/** How a codec works. */
export interface CodecOptions {
  /**
   * "compiled": JavaScript generated for the message type. "closure": put together from closures,
   * several times slower, needs no `eval`. "auto", the default: compiled where the platform allows
   * code generation from strings.
   */
  readonly mode?: "auto" | "compiled" | "closure";
  /** How many levels of messages and groups may nest when decoding. Default 100. */
  readonly recursionLimit?: number;
}

const DEFAULT_RECURSION_LIMIT = 100;

class MessageTypeCodec implements Codec<Loose> {
  readonly #desc: DescMessage;
  readonly #code: MessageCode;
  readonly #recursionLimit: number;
  readonly #room: Room;
  /** Null: not looked for yet. */
  #readTail: TailReader | undefined | null = null;

  constructor(desc: DescMessage, code: MessageCode, recursionLimit: number) {
    this.#desc = desc;
    this.#code = code;
    this.#recursionLimit = recursionLimit;
    this.#room = new Room(code);
  }

  encode(message: Loose): Uint8Array {
    try {
      return this.#room.encode(message);
    } catch (cause) {
      throw this.#explain("encode", cause, (code) => code.write(message, new Uint8Array(0), 0));
    }
  }

  encodeInto(message: Loose, target: Uint8Array, offset: number, limit: number): number {
    try {
      const end = this.#code.write(message, target, offset);
      return end > limit || end > target.length ? -end : end;
    } catch (cause) {
      throw this.#explain("encode", cause, (code) => code.write(message, new Uint8Array(0), 0));
    }
  }

  tailOf(message: Loose): Uint8Array | undefined {
    if (this.#readTail === null) this.#readTail = createTailReader(this.#desc);
    return this.#readTail?.(message);
  }

  decode(bytes: Uint8Array, start = 0, end: number = bytes.length, owned = false): Loose {
    if (start < 0 || end > bytes.length || start > end) {
      throw new RangeError(`cannot decode bytes ${start} to ${end} of ${bytes.length}`);
    }
    cursor.limit = end;
    cursor.owned = owned;
    try {
      return this.#code.read(bytes, start, end, this.#recursionLimit, undefined);
    } catch (cause) {
      throw this.#explain("decode", cause, (code) =>
        code.read(bytes, start, end, this.#recursionLimit, undefined),
      );
    }
  }

  /** Finds out what is wrong: closures know which field they are at, generated code does not. */
  #explain(action: "encode" | "decode", cause: unknown, again: (code: MessageCode) => void): Error {
    trace.start(this.#desc);
    try {
      again(closureCode(this.#desc));
    } catch (found) {
      const { typeName } = trace.message!;
      const options = { cause: found };
      return new CodecError(action, typeName, trace.field?.protoName, reasonOf(found), options);
    }
    // What was wrong has passed: a getter that throws now and then.
    return new CodecError(action, this.#desc.typeName, undefined, reasonOf(cause), { cause });
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/**
 * Makes a codec with options of its own. What is worked out for a message type is shared by all
 * codecs of the type; it happens when the first message is encoded or decoded.
 * @throws Error when `mode` is "compiled" and the platform forbids code generation from strings.
 */
export function createCodec<D extends DescMessage>(
  desc: D,
  options: CodecOptions = {},
): Codec<MessageShape<D>> {
  const { mode = "auto", recursionLimit = DEFAULT_RECURSION_LIMIT } = options;
  if (mode === "compiled" && !canGenerateCode()) {
    throw new Error(`cannot compile ${desc.typeName}: code generation from strings is forbidden`);
  }
  const compiled = mode === "compiled" || (mode === "auto" && canGenerateCode());
  const code = compiled ? compiledCode(desc) : closureCode(desc);
  return new MessageTypeCodec(desc, code, recursionLimit) as unknown as Codec<MessageShape<D>>;
}

const codecs = new WeakMap<DescMessage, Codec<never>>();

/** The codec of a message type with all defaults, the same each time. */
export function codecFor<D extends DescMessage>(desc: D): Codec<MessageShape<D>> {
  let codec = codecs.get(desc) as Codec<MessageShape<D>> | undefined;
  if (codec === undefined) {
    codec = createCodec(desc);
    codecs.set(desc, codec as unknown as Codec<never>);
  }
  return codec;
}
