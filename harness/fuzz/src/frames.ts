// A peer that mostly keeps to the rules: frames as a program would send them, and some that none would.
import {
  createEncoder,
  Flag,
  formatContinuation,
  formatData,
  formatGoaway,
  formatHeaders,
  formatPing,
  formatPriority,
  formatRstStream,
  formatSettings,
  formatWindowUpdate,
  frameHeadBytes,
  type Role,
  writeFrameHead,
} from "@trunkline/http2";
import type { Random } from "./random.js";

const request = [":method", "POST", ":scheme", "http", ":path", "/a/b", "te", "trailers"];
const response = [":status", "200", "content-type", "application/grpc"];
const extras: readonly (readonly string[])[] = [
  ["x-a", "1"],
  ["content-length", "5"],
  ["cookie", "a=1"],
  ["connection", "close"],
  [":path", "/"],
  ["X-Upper", "1"],
  ["x-long", "y".repeat(3000)],
  ["", ""],
];
const values = [0, 1, 100, 16_384, 65_535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

/** Makes frames for one connection whose other end has the role given. */
export class FrameSource {
  readonly #random: Random;
  readonly #role: Role;
  readonly #encoder = createEncoder();
  #nextId = 1;

  constructor(random: Random, role: Role) {
    this.#random = random;
    this.#role = role;
  }

  /** One frame, or a header block in several. */
  next(): Uint8Array {
    const random = this.#random;
    const kinds: readonly (() => Uint8Array)[] = [
      () => this.#headers(this.#newId()),
      () => this.#headers(this.#newId()),
      () => this.#headers(this.#someId()),
      () => this.#data(),
      () => this.#data(),
      () => formatRstStream(this.#someId(), random.pick(values)),
      () => formatWindowUpdate(random.once(3) ? 0 : this.#someId(), random.pick(values)),
      () => formatWindowUpdate(random.once(3) ? 0 : this.#someId(), 1 + random.below(100_000)),
      () => this.#settings(),
      () => formatPing(random.bytes(8), random.once(3)),
      () => formatPriority(this.#someId(), random.below(9)),
      () => this.#rare(),
    ];
    return random.pick(kinds)();
  }

  #rare(): Uint8Array {
    const random = this.#random;
    if (random.once(3)) return formatGoaway(random.pick([0, 1, 3, 2 ** 31 - 1]), random.below(20));
    const length = random.below(40);
    const frame = new Uint8Array(frameHeadBytes + length);
    frame.set(random.bytes(length), frameHeadBytes);
    writeFrameHead(frame, 0, length, random.below(20), random.below(256), random.below(12));
    return frame;
  }

  #newId(): number {
    if (this.#role === "client") return this.#someId();
    const id = this.#nextId;
    this.#nextId += this.#random.once(10) ? 4 : 2;
    return id;
  }

  #someId(): number {
    const random = this.#random;
    if (random.once(20)) return random.below(2 ** 31);
    return Math.max(1, (this.#nextId - 2 * random.below(8)) | 1);
  }

  #headers(id: number): Uint8Array {
    const random = this.#random;
    const fields = [...(this.#role === "server" ? request : response)];
    while (random.once(3)) fields.push(...random.pick(extras));
    const bytes = new Uint8Array(this.#encoder.maxEncodedLength({ fields }));
    const block = bytes.subarray(0, this.#encoder.encode({ fields }, bytes, 0));
    const end = random.once(2) ? Flag.END_STREAM : 0;
    if (!random.once(4)) return formatHeaders(id, block, Flag.END_HEADERS | end);
    const cut = random.below(block.length);
    const head = formatHeaders(id, block.subarray(0, cut), end);
    return concat([head, formatContinuation(id, block.subarray(cut), !random.once(4))]);
  }

  #data(): Uint8Array {
    const random = this.#random;
    const size = random.pick([0, 1, 5, 300, 5000, 16_384]);
    const pad = random.once(4) ? random.below(256) : undefined;
    const payload = new Uint8Array(pad === undefined ? size : Math.min(size, 16_000));
    return formatData(this.#someId(), payload, random.once(4), pad);
  }

  #settings(): Uint8Array {
    const random = this.#random;
    if (random.once(2)) return formatSettings([], true);
    const pairs: number[] = [];
    while (random.once(2)) pairs.push(random.below(9), random.pick(values));
    return formatSettings(pairs);
  }
}

/** Spoils a byte stream in one of the ways that bytes get spoilt. */
export function mutate(random: Random, bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return bytes;
  const at = random.below(bytes.length);
  const copy = bytes.slice();
  switch (random.below(6)) {
    case 0:
      copy[at] = random.below(256);
      return copy;
    case 1:
      copy[at]! ^= 1 << random.below(8);
      return copy;
    case 2:
      return copy.subarray(0, at);
    case 3:
      return concat([copy.subarray(0, at), random.bytes(1 + random.below(20)), copy.subarray(at)]);
    case 4:
      return concat([copy, copy.subarray(at)]);
    default:
      return concat([
        copy.subarray(0, at),
        copy.subarray(Math.min(bytes.length, at + 1 + random.below(9))),
      ]);
  }
}

/** The bytes of all parts, one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
