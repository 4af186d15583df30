// The clock that deadlines are measured with.

// Read once: the getter costs more than the clock.
const startOfProcess = performance.timeOrigin;

/**
 * Milliseconds since 1970 with fractions, on a clock that never goes back: the wall clock at the start
 * of the process plus what has passed since. All deadlines are times of this clock. `Date.now()` would
 * do harm twice: it is cut to whole milliseconds, so that a timeout could end early, and it jumps when
 * somebody sets the clock.
 */
export function nowMs(): number {
  return startOfProcess + performance.now();
}
