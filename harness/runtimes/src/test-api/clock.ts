// The timers that the test API itself lives by, taken before any test can put others in their place.

const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis;

/** Resolves after so many milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => startTimer(resolve, ms));
}

/** Runs what returns a promise; rejects when that takes longer than `limitMs`. */
export async function within(limitMs: number, run: () => unknown): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = startTimer(() => reject(new Error(`not done after ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([run(), late]);
  } finally {
    stopTimer(timer);
  }
}

interface Retry {
  readonly timeout?: number;
  readonly interval?: number;
}

/** Runs it again until it no longer throws; rejects with the last error when the time is up. */
export async function retry<T>(
  run: () => T | Promise<T>,
  { timeout = 1000, interval = 50 }: Retry = {},
): Promise<T> {
  const endMs = performance.now() + timeout;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (performance.now() >= endMs) throw error;
    }
    await pause(interval);
  }
}
