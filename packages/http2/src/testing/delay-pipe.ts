// A path between two connections with a delay and a bandwidth, in virtual time: nobody waits.
import type { Connection } from "../contract.js";

/** Bytes on their way: when they arrive, and where. */
interface Flight {
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

/** One direction: bytes leave one after the other at the bandwidth, and arrive a delay later. */
class Lane {
  readonly #from: Connection;
  readonly #to: Connection;
  readonly #delayMs: number;
  readonly #bytesPerMs: number;
  readonly #flights: Flight[] = [];
  #landed = 0;
  #freeAtMs = 0;

  constructor(from: Connection, to: Connection, delayMs: number, bytesPerMs: number) {
    this.#from = from;
    this.#to = to;
    this.#delayMs = delayMs;
    this.#bytesPerMs = bytesPerMs;
  }

  /** When something arrives next, or the sender may put more on the path; Infinity when neither. */
  nextMs(nowMs: number): number {
    const arrival = this.#flights[this.#landed]?.atMs ?? Number.POSITIVE_INFINITY;
    if (this.#from.pendingBytes === 0) return arrival;
    return Math.min(arrival, Math.max(nowMs, this.#freeAtMs));
  }

  step(nowMs: number): void {
    while (this.#landed < this.#flights.length && this.#flights[this.#landed]!.atMs <= nowMs) {
      this.#to.receive(this.#flights[this.#landed++]!.bytes, nowMs);
    }
    if (this.#landed > 1000) {
      this.#flights.splice(0, this.#landed);
      this.#landed = 0;
    }
    if (this.#freeAtMs > nowMs || this.#from.pendingBytes === 0) return;
    const chunks = this.#from.take();
    for (const chunk of chunks) this.#send(chunk, nowMs);
    this.#from.release(chunks);
  }

  #send(chunk: Uint8Array, nowMs: number): void {
    this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + chunk.length / this.#bytesPerMs;
    this.#flights.push({ atMs: this.#freeAtMs + this.#delayMs, bytes: chunk.slice() });
  }
}

/** What a path is like. */
export interface Path {
  /** From one end to the other and back. */
  readonly rttMs: number;
  /** Each way. */
  readonly bytesPerSecond: number;
}

/**
 * Lets two connections talk over a path until `isDone` or nothing happens any more. Returns the time
 * that took, in milliseconds.
 */
export function talk(
  left: Connection,
  right: Connection,
  path: Path,
  isDone: () => boolean,
): number {
  const bytesPerMs = path.bytesPerSecond / 1000;
  const lanes = [
    new Lane(left, right, path.rttMs / 2, bytesPerMs),
    new Lane(right, left, path.rttMs / 2, bytesPerMs),
  ];
  let nowMs = 0;
  while (!isDone()) {
    const nextMs = Math.min(...lanes.map((lane) => lane.nextMs(nowMs)));
    if (nextMs === Number.POSITIVE_INFINITY) return nowMs;
    nowMs = nextMs;
    for (const lane of lanes) lane.step(nowMs);
  }
  return nowMs;
}
