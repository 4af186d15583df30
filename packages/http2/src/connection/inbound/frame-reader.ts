// Cuts the byte stream into frames, in place; of those split between chunks, large DATA goes on in pieces and only the others are copied.
import { ErrorCode } from "../../frame/error-code.js";
import { Flag, FrameType, frameHeadBytes, readFrameLength, readUint31 } from "../../frame/head.js";
import { failConnection } from "../ending.js";
import { connectionMagic } from "../magic.js";
import type { Session } from "../session.js";
import { mayComeInPieces, receiveData } from "./data.js";
import { dispatchFrame } from "./dispatch.js";

/** First capacity of the copy of a split frame; it grows as bytes arrive, not as the head promises. */
const firstHeldBytes = 256;
/** Smaller DATA frames are put together: a small message in one piece is worth more than the copy. */
const smallDataBytes = 4096;

/** What the first octets of an HTTP/1 response, "HTT", are as the length of a frame. */
const http1Length = 0x485454;

/** Reads one direction of one connection. */
export class FrameReader {
  readonly #session: Session;
  #held: Uint8Array | undefined = undefined;
  #heldLength = 0;
  /** Octets of the DATA frame that comes in pieces which have not arrived yet, its stream and flags. */
  #dataLeft = 0;
  #dataStream = 0;
  #dataFlags = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Whether a frame of a header block has begun and is not complete. */
  get holdsHeaders(): boolean {
    const held = this.#held;
    if (held === undefined || this.#heldLength < frameHeadBytes) return false;
    return held[3] === FrameType.HEADERS || held[3] === FrameType.CONTINUATION;
  }

  /**
   * Reads every whole frame in `bytes` and keeps the rest. Returns how far it read: less than all only
   * where as many streams have been opened, or small messages handed on, as fit in a turn.
   */
  read(bytes: Uint8Array): number {
    const session = this.#session;
    const { maxStreamsPerTurn } = session.limits;
    let at = 0;
    if (session.role === "server" && session.magicMatched < connectionMagic.length) {
      at = this.#readMagic(bytes);
    }
    if (this.#dataLeft > 0) at = this.#passData(bytes, at);
    else if (this.#held !== undefined) at = this.#completeHeld(this.#held, bytes);
    while (!session.isClosed && bytes.length - at >= frameHeadBytes) {
      const end = at + frameHeadBytes + readFrameLength(bytes, at);
      if (session.streamsThisTurn >= maxStreamsPerTurn) return at;
      if (this.#isTooLong(bytes, at)) break;
      if (end > bytes.length) {
        if (this.#beginData(bytes, at)) at = this.#passData(bytes, at + frameHeadBytes);
        break;
      }
      this.#dispatch(bytes, at, end);
      at = end;
    }
    if (session.isClosed || at >= bytes.length) return bytes.length;
    this.#held = new Uint8Array(Math.max(firstHeldBytes, bytes.length - at));
    this.#held.set(bytes.subarray(at));
    this.#heldLength = bytes.length - at;
    return bytes.length;
  }

  /** Whether the frame whose head is at `at` is DATA to be handed on as it arrives. */
  #beginData(bytes: Uint8Array, at: number): boolean {
    const length = readFrameLength(bytes, at);
    if (bytes[at + 3] !== FrameType.DATA || length < smallDataBytes) return false;
    const flags = bytes[at + 4]!;
    const id = readUint31(bytes, at + 5);
    if (!mayComeInPieces(this.#session, flags, id, length)) return false;
    this.#dataLeft = length;
    this.#dataStream = id;
    this.#dataFlags = flags;
    return true;
  }

  /** Hands on what `bytes` hold of the DATA frame. Returns how far they were used. */
  #passData(bytes: Uint8Array, at: number): number {
    const end = Math.min(bytes.length, at + this.#dataLeft);
    if (end === at) return at;
    this.#dataLeft -= end - at;
    const isLast = this.#dataLeft === 0;
    const flags = isLast ? this.#dataFlags : this.#dataFlags & ~Flag.END_STREAM;
    receiveData(this.#session, flags, this.#dataStream, bytes, at, end);
    return end;
  }

  /** RFC 9113 s3.4: the first wrong octet ends the connection. */
  #readMagic(bytes: Uint8Array): number {
    const session = this.#session;
    let at = 0;
    while (at < bytes.length && session.magicMatched < connectionMagic.length) {
      if (bytes[at] !== connectionMagic[session.magicMatched]) {
        failConnection(session, ErrorCode.PROTOCOL_ERROR, "no HTTP/2 connection preface");
        return bytes.length;
      }
      session.magicMatched++;
      at++;
    }
    return at;
  }

  /** Adds to the split frame; dispatches it once it is whole. Returns how far `bytes` were used. */
  #completeHeld(held: Uint8Array, bytes: Uint8Array): number {
    let at = 0;
    while (this.#heldLength < frameHeadBytes && at < bytes.length) {
      held[this.#heldLength++] = bytes[at++]!;
    }
    if (this.#heldLength < frameHeadBytes) return at;
    if (this.#isTooLong(held, 0)) return bytes.length;
    if (this.#heldLength === frameHeadBytes && this.#beginData(held, 0)) {
      this.#held = undefined;
      this.#heldLength = 0;
      return this.#passData(bytes, at);
    }
    const total = frameHeadBytes + readFrameLength(held, 0);
    const end = Math.min(bytes.length, at + total - this.#heldLength);
    const frame = this.#append(held, bytes, at, end, total);
    if (this.#heldLength < total) return end;
    this.#held = undefined;
    this.#heldLength = 0;
    this.#dispatch(frame, 0, total);
    return end;
  }

  #append(
    held: Uint8Array,
    bytes: Uint8Array,
    from: number,
    to: number,
    total: number,
  ): Uint8Array {
    const length = this.#heldLength + to - from;
    let target = held;
    if (length > held.length) {
      target = new Uint8Array(Math.max(length, Math.min(total, held.length * 2)));
      target.set(held.subarray(0, this.#heldLength));
      this.#held = target;
    }
    target.set(bytes.subarray(from, to), this.#heldLength);
    this.#heldLength = length;
    return target;
  }

  #isTooLong(bytes: Uint8Array, at: number): boolean {
    const length = readFrameLength(bytes, at);
    const session = this.#session;
    if (length <= session.maxFrame) return false;
    const message =
      length === http1Length && !session.peerSettingsReceived
        ? 'the peer answers in HTTP/1.x, which begins with "HTTP"'
        : `a frame of ${length} bytes, the limit is ${session.maxFrame}`;
    failConnection(session, ErrorCode.FRAME_SIZE_ERROR, message);
    return true;
  }

  #dispatch(bytes: Uint8Array, at: number, end: number): void {
    const id = readUint31(bytes, at + 5);
    dispatchFrame(
      this.#session,
      bytes[at + 3]!,
      bytes[at + 4]!,
      id,
      bytes,
      at + frameHeadBytes,
      end,
    );
  }
}
