// Lets few pieces of work run off the event loop at a time: the rest waits, and is dropped when nobody wants it any more.

/** Work for another thread. */
export interface OffloadedWork {
  /** Nobody wants it any more. */
  readonly isStopped: boolean;
  /** Begins. What it resolves to when it is done does not matter; it must not reject. */
  begin(): Promise<void>;
}

/**
 * How many run at once. Node's pool has four threads (UV_THREADPOOL_SIZE); a few more keep them busy. All
 * others hold no buffers yet, so a thousand streams of bombs cost no more memory than these, and what
 * was meant for streams that were reset meanwhile costs nothing at all.
 */
export const maxOffloaded = 8;

let running = 0;
let first = 0;
let waiting: OffloadedWork[] = [];

/** Begins the work now, or when it is its turn. */
export function offload(work: OffloadedWork): void {
  if (running < maxOffloaded) start(work);
  else waiting.push(work);
}

function start(work: OffloadedWork): void {
  running++;
  void work.begin().then(next);
}

function next(): void {
  running--;
  while (running < maxOffloaded && first < waiting.length) {
    const work = waiting[first++]!;
    if (!work.isStopped) start(work);
  }
  if (first > 64 || first === waiting.length) {
    waiting = waiting.slice(first);
    first = 0;
  }
}
