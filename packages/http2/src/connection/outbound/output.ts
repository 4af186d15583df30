// What waits to be written: frames side by side in pooled buffers, payloads copied behind their heads.
import {
  firstBufferBytes,
  takeFirstBuffer,
  takeWriteBuffer,
  writeBufferBytes,
} from "../../flow/write-pool.js";

const noBuffer = new Uint8Array(0);

/** The write side of a connection. Frames are written at `buffer[end]` after `room` was asked for. */
export class Output {
  /** The buffer being filled; an empty one while nothing waits. */
  buffer: Uint8Array = noBuffer;
  end = 0;
  /** Unsent answers to the peer's frames: a peer that never reads must not make them pile up. */
  controlFrames = 0;
  #start = 0;
  #sealedBytes = 0;
  #chunks: Uint8Array[] | undefined = undefined;

  /** Bytes that wait to be taken. */
  get pendingBytes(): number {
    return this.#sealedBytes + this.end - this.#start;
  }

  /** Makes sure that `byteCount` bytes fit behind `end`. */
  room(byteCount: number): void {
    if (this.buffer.length - this.end >= byteCount) return;
    this.#seal();
    const isFirst = this.buffer === noBuffer && byteCount <= firstBufferBytes;
    if (isFirst) this.buffer = takeFirstBuffer();
    else if (byteCount <= writeBufferBytes) this.buffer = takeWriteBuffer();
    else this.buffer = new Uint8Array(byteCount);
    this.#start = 0;
    this.end = 0;
  }

  /** Adds a whole frame, or part of one, by copy. */
  append(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** Adds a part of a payload, in as many buffers as it takes. */
  appendPart(bytes: Uint8Array, from: number, to: number): void {
    let at = from;
    while (at < to) {
      this.room(1);
      const { buffer, end } = this;
      const length = Math.min(to - at, buffer.length - end);
      if (length > 64) buffer.set(bytes.subarray(at, at + length), end);
      else for (let i = 0; i < length; i++) buffer[end + i] = bytes[at + i]!;
      this.end = end + length;
      at += length;
    }
  }

  /** Hands everything over, in order, and holds nothing any more. */
  take(): Uint8Array[] {
    this.#seal();
    const chunks = this.#chunks ?? [];
    this.#chunks = undefined;
    this.#sealedBytes = 0;
    this.buffer = noBuffer;
    this.#start = 0;
    this.end = 0;
    this.controlFrames = 0;
    return chunks;
  }

  #seal(): void {
    if (this.end === this.#start) return;
    const { buffer } = this;
    this.#push(new Uint8Array(buffer.buffer, this.#start, this.end - this.#start));
    this.#start = this.end;
  }

  #push(chunk: Uint8Array): void {
    this.#sealedBytes += chunk.length;
    if (this.#chunks === undefined) this.#chunks = [chunk];
    else this.#chunks.push(chunk);
  }
}
