// Carries bytes between two connections in a test until both have nothing more to say.
import type { Connection } from "../contract.js";

/** Exchanges output both ways, at most `rounds` times. */
export function exchange(left: Connection, right: Connection, nowMs = 0, rounds = 100): void {
  for (let i = 0; i < rounds; i++) {
    if (left.pendingBytes === 0 && right.pendingBytes === 0) return;
    carry(left, right, nowMs);
    carry(right, left, nowMs);
  }
}

/** Takes everything that waits on `from` and feeds it to `to`. Returns the bytes carried. */
export function carry(from: Connection, to: Connection, nowMs = 0): number {
  let carried = 0;
  const chunks = from.take();
  for (const chunk of chunks) {
    carried += chunk.length;
    to.receive(chunk, nowMs);
  }
  from.release(chunks);
  return carried;
}
