// An allowance of events: so many at once, so many a second after that; kept in one number.

/** Sums of fractions of a millisecond may be off by this much. */
const roundingMs = 1e-3;

/**
 * Takes one event off an allowance. Its state is the time at which all that was taken would have been
 * earned at `perSecond`; 0 in the beginning. Returns the new state.
 */
export function takeAllowance(paidUpMs: number, nowMs: number, perSecond: number): number {
  return Math.max(paidUpMs, nowMs) + 1000 / perSecond;
}

/** Whether more than `burst` events have been taken in advance. */
export function isOverdrawn(
  paidUpMs: number,
  nowMs: number,
  burst: number,
  perSecond: number,
): boolean {
  return paidUpMs - nowMs > (burst * 1000) / perSecond + roundingMs;
}
