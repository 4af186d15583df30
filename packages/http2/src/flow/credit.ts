// When to open windows again (RFC 9113 s6.9): never for each frame, always before the peer runs dry.

/** The initial window of every connection and stream (RFC 9113 s6.9.2). */
export const defaultWindow = 65_535;

/** Credit is given when it has grown to this part of the window: a quarter. */
const creditShift = 2;

/**
 * Bytes to credit the connection window with, or 0 to wait. The window is filled up to `target` on
 * receipt, so that one slow reader does not stop the others, but never so far that the unread bytes
 * held here plus those the peer may send exceed `budget`.
 */
export function connectionCredit(
  window: number,
  target: number,
  unread: number,
  budget: number,
): number {
  const credit = Math.min(target, budget - unread) - window;
  return credit >= creditThreshold(target) ? credit : 0;
}

/** Bytes that must have come together before a window of `target` bytes is credited; at least 1. */
export function creditThreshold(target: number): number {
  return target >>> creditShift || 1;
}
