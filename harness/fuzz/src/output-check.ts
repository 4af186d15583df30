// Reads what a connection writes and says where it breaks RFC 9113 itself: sizes, order, and what follows an end.
import {
  connectionMagic,
  createDecoder,
  Flag,
  FrameType,
  frameHeadBytes,
  type HpackDecoder,
  type Role,
  readFrameLength,
  readUint31,
} from "@trunkline/http2";
import { concat } from "./frames.js";

const fixedSizes: Readonly<Record<number, number>> = {
  [FrameType.PRIORITY]: 5,
  [FrameType.RST_STREAM]: 4,
  [FrameType.PING]: 8,
  [FrameType.WINDOW_UPDATE]: 4,
};

/** Follows the output of one connection. */
export class OutputCheck {
  readonly faults: string[] = [];
  readonly #decoder: HpackDecoder = createDecoder({
    maxTableSize: 4096,
    maxListBytes: 1 << 20,
    maxFields: 1000,
  });
  readonly #opened: Set<number> = new Set();
  readonly #ended: Set<number> = new Set();
  readonly #reset: Set<number> = new Set();
  readonly #role: Role;
  #magicLeft: number;
  #isFirst = true;
  #lastId: number = Number.POSITIVE_INFINITY;
  #block: Uint8Array[] | undefined = undefined;
  #blockId = 0;

  constructor(role: Role) {
    this.#role = role;
    this.#magicLeft = role === "client" ? connectionMagic.length : 0;
  }

  /** The chunks of one `take`: whole frames, whatever they are cut into. */
  read(chunks: readonly Uint8Array[]): void {
    const bytes = concat(chunks);
    let at = Math.min(this.#magicLeft, bytes.length);
    this.#magicLeft -= at;
    while (at < bytes.length) {
      const end = at + frameHeadBytes + readFrameLength(bytes, at);
      if (end > bytes.length) {
        this.#fault("a frame is not whole");
        return;
      }
      this.#frame(bytes.subarray(at, end));
      at = end;
    }
  }

  #fault(what: string): void {
    this.faults.push(`output: ${what}`);
  }

  #frame(frame: Uint8Array): void {
    const type = frame[3]!;
    const flags = frame[4]!;
    const id = readUint31(frame, 5);
    const size = frame.length - frameHeadBytes;
    if (this.#isFirst && type !== FrameType.SETTINGS)
      this.#fault("the first frame is not SETTINGS");
    this.#isFirst = false;
    const fixed = fixedSizes[type];
    if (fixed !== undefined && size !== fixed) this.#fault(`type ${type} of ${size} bytes`);
    const isContinued = this.#block !== undefined;
    if (isContinued && (type !== FrameType.CONTINUATION || id !== this.#blockId)) {
      this.#fault(`type ${type} inside a header block`);
    }
    if (type === FrameType.GOAWAY) this.#goaway(readUint31(frame, frameHeadBytes));
    else if (type === FrameType.RST_STREAM) this.#rst(id);
    else if (type === FrameType.DATA) this.#data(id, flags);
    else if (type === FrameType.HEADERS || type === FrameType.CONTINUATION) {
      this.#headers(type, id, flags, frame.subarray(frameHeadBytes));
    }
  }

  #goaway(lastId: number): void {
    if (lastId > this.#lastId)
      this.#fault(`GOAWAY raises its last id from ${this.#lastId} to ${lastId}`);
    this.#lastId = lastId;
  }

  #rst(id: number): void {
    if (this.#reset.has(id)) this.#fault(`stream ${id} is reset twice`);
    this.#reset.add(id);
  }

  #data(id: number, flags: number): void {
    if (!this.#opened.has(id)) this.#fault(`DATA on stream ${id} before its head`);
    this.#mayGoOn(id);
    if (flags & Flag.END_STREAM) this.#ended.add(id);
  }

  #mayGoOn(id: number): void {
    if (this.#ended.has(id)) this.#fault(`a frame on stream ${id} after END_STREAM`);
    if (this.#reset.has(id)) this.#fault(`a frame on stream ${id} after RST_STREAM`);
  }

  #headers(type: number, id: number, flags: number, fragment: Uint8Array): void {
    if (type === FrameType.HEADERS) {
      this.#mayGoOn(id);
      if (id % 2 === 0) this.#fault(`HEADERS on stream ${id} of a ${this.#role}`);
      this.#opened.add(id);
      if (flags & Flag.END_STREAM) this.#ended.add(id);
      this.#block = [];
      this.#blockId = id;
    }
    this.#block?.push(fragment);
    if ((flags & Flag.END_HEADERS) === 0) return;
    const block = concat(this.#block ?? []);
    this.#block = undefined;
    const { errorMessage } = this.#decoder.decode(block, 0, block.length);
    if (errorMessage !== undefined) this.#fault(`a header block is broken: ${errorMessage}`);
  }
}
