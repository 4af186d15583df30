// One direction of a faulty stream: bytes that are late, slow, lost or cut off.

/** Time for faults: the system's, or one that a test moves. */
export interface FaultClock {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Calls `wake` once, `ms` milliseconds from now. */
  setTimer(ms: number, wake: () => void): { cancel(): void };
}

/** What goes wrong with the bytes of one direction. May be changed at any time, for the bytes that come from then on. */
export interface LaneFaults {
  /** How much later bytes arrive, milliseconds, 0 or more. Their order stays. Default 0. */
  delayMs: number;
  /** No more than this arrives in a second; the sender is pushed back. Above 0. Default Infinity. */
  bytesPerSecond: number;
  /** After so many bytes of a connection, the rest is lost without a word. Default Infinity. */
  dropAfterBytes: number;
  /** After so many bytes of a connection, the connection is reset. Default Infinity. */
  resetAfterBytes: number;
}

/** Nothing goes wrong. */
export function noFaults(): LaneFaults {
  return {
    delayMs: 0,
    bytesPerSecond: Number.POSITIVE_INFINITY,
    dropAfterBytes: Number.POSITIVE_INFINITY,
    resetAfterBytes: Number.POSITIVE_INFINITY,
  };
}

/** Where a lane leads. */
export interface LaneEnd {
  /** @param done to be called when the bytes may change. */
  deliver(bytes: Uint8Array, done: () => void): void;
  ended(): void;
  /** So many bytes wait that no more should come, or no longer so. */
  congested(on: boolean): void;
  /** `resetAfterBytes` has been reached. */
  reset(): void;
}

/** Above this much, the sender waits. */
const highWaterBytes = 65_536;
/** Slow lanes hand over pieces that take this long. */
const stepMs = 20;

interface Parcel {
  bytes: Uint8Array | undefined;
  readonly atMs: number;
  readonly done: () => void;
}

/** One direction of one connection. */
export class Lane {
  readonly #faults: LaneFaults;
  readonly #clock: FaultClock;
  readonly #end: LaneEnd;
  #queue: Parcel[] = [];
  #queuedBytes = 0;
  #isCongested = false;
  #passedBytes = 0;
  #freeAtMs = 0;
  #timer: { cancel(): void } | undefined = undefined;
  #isClosed = false;

  constructor(faults: LaneFaults, clock: FaultClock, end: LaneEnd) {
    this.#faults = faults;
    this.#clock = clock;
    this.#end = end;
  }

  /** Bytes set out. They must not change until `done` is called. */
  push(bytes: Uint8Array, done: () => void): void {
    this.#add({ bytes, atMs: this.#clock.now() + this.#faults.delayMs, done });
  }

  /** Nothing follows. */
  end(): void {
    this.#add({ bytes: undefined, atMs: this.#clock.now() + this.#faults.delayMs, done: ignore });
  }

  /** Everything that is under way is lost. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    for (const { done } of this.#queue.splice(0)) done();
  }

  #add(parcel: Parcel): void {
    if (this.#isClosed) {
      parcel.done();
      return;
    }
    this.#queue.push(parcel);
    this.#queuedBytes += parcel.bytes?.length ?? 0;
    if (this.#timer === undefined) this.#run();
    this.#tellCongestion();
  }

  #tellCongestion(): void {
    const isCongested = this.#queuedBytes >= highWaterBytes;
    if (isCongested === this.#isCongested || this.#isClosed) return;
    this.#isCongested = isCongested;
    this.#end.congested(isCongested);
  }

  #run(): void {
    this.#timer = undefined;
    for (let next = this.#queue[0]; next !== undefined && !this.#isClosed; next = this.#queue[0]) {
      const nowMs = this.#clock.now();
      const dueMs = Math.max(next.atMs, this.#freeAtMs);
      if (dueMs > nowMs) {
        this.#timer = this.#clock.setTimer(dueMs - nowMs, () => this.#run());
        break;
      }
      this.#arrive(next, nowMs);
    }
    this.#tellCongestion();
  }

  #arrive(parcel: Parcel, nowMs: number): void {
    if (parcel.bytes === undefined) {
      this.#queue.shift();
      this.#end.ended();
      return;
    }
    const { bytesPerSecond } = this.#faults;
    const most = Math.max(1, Math.floor((bytesPerSecond * stepMs) / 1000));
    const piece = parcel.bytes.subarray(0, most);
    const isLast = piece.length === parcel.bytes.length;
    if (isLast) this.#queue.shift();
    else parcel.bytes = parcel.bytes.subarray(piece.length);
    this.#queuedBytes -= piece.length;
    this.#freeAtMs = nowMs + (piece.length / bytesPerSecond) * 1000;
    this.#pass(piece, isLast ? parcel.done : ignore);
  }

  #pass(piece: Uint8Array, done: () => void): void {
    const { dropAfterBytes, resetAfterBytes } = this.#faults;
    const before = this.#passedBytes;
    this.#passedBytes += piece.length;
    const room = Math.max(0, Math.min(dropAfterBytes, resetAfterBytes) - before);
    if (room >= piece.length && this.#passedBytes < resetAfterBytes) {
      this.#end.deliver(piece, done);
      return;
    }
    if (room > 0) this.#end.deliver(piece.subarray(0, room), done);
    else done();
    if (this.#passedBytes >= resetAfterBytes) this.#end.reset();
  }
}

function ignore(): void {}
