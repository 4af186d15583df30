// Cuts a stream into batches: when one is full, and when the stream pauses.

const nothingYet = Symbol("nothing yet");

/** What to hold a batch open for. */
export interface BatchOptions {
  /** The largest batch. */
  readonly most: number;
  /** How long the stream may pause before what has come is handed on, milliseconds. */
  readonly pauseMs: number;
}

/** The items of `source` in batches, none of them empty. What is not handed on when `source` fails is dropped. */
export async function* inBatches<T>(
  source: AsyncIterable<T>,
  { most, pauseMs }: BatchOptions,
): AsyncGenerator<T[], void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let batch: T[] = [];
  let next = iterator.next();
  try {
    for (;;) {
      const result = batch.length === 0 ? await next : await untilPause(next, pauseMs);
      if (result !== nothingYet && result.done) break;
      if (result !== nothingYet) {
        batch.push(result.value);
        next = iterator.next();
      }
      if (result === nothingYet || batch.length === most) {
        // While the batch is dealt with, nobody looks at the promise.
        next.catch(ignore);
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) yield batch;
  } finally {
    await iterator.return?.();
  }
}

/** A timer is set only when the next item is not there already. */
async function untilPause<T>(next: Promise<T>, pauseMs: number): Promise<T | typeof nothingYet> {
  const known = await Promise.race([next, Promise.resolve(nothingYet)]);
  if (known !== nothingYet) return known as T;
  let timer: NodeJS.Timeout | undefined;
  const pause = new Promise<typeof nothingYet>((resolve) => {
    timer = setTimeout(resolve, pauseMs, nothingYet);
  });
  try {
    return await Promise.race([next, pause]);
  } finally {
    clearTimeout(timer);
  }
}

function ignore(): void {}
