// Lets few pieces of work run off the event loop at a time: everybody has their turn, and what nobody wants any more is dropped.

/** Work for another thread. */
export interface OffloadedWork {
  /** Nobody wants it any more. */
  readonly isStopped: boolean;
  /** On whose account it is done; groups take turns. */
  readonly group: object;
  /** Begins. What it resolves to when it is done does not matter; it must not reject. */
  begin(): Promise<void>;
}

/**
 * How many run at once. Node's pool has four threads (UV_THREADPOOL_SIZE), and one shall be left for files and
 * names. All others hold no buffers yet, so a thousand streams of bombs cost no more memory than these, and
 * what was meant for streams that were reset meanwhile costs nothing at all.
 */
export const maxOffloaded = 3;

let running = 0;
/** What waits, by group; a group that had its turn goes to the end. */
const waiting: Map<object, OffloadedWork[]> = new Map();

/** Begins the work now, or when it is its turn. */
export function offload(work: OffloadedWork): void {
  if (running < maxOffloaded) {
    start(work);
    return;
  }
  const queue = waiting.get(work.group);
  if (queue === undefined) waiting.set(work.group, [work]);
  else queue.push(work);
}

function start(work: OffloadedWork): void {
  running++;
  void work.begin().then(next);
}

function next(): void {
  running--;
  while (running < maxOffloaded) {
    const work = takeNext();
    if (work === undefined) return;
    start(work);
  }
}

/** The oldest work of the group whose turn it is. */
function takeNext(): OffloadedWork | undefined {
  for (const [group, queue] of waiting) {
    waiting.delete(group);
    const work = takeWanted(queue);
    if (queue.length > 0) waiting.set(group, queue);
    if (work !== undefined) return work;
  }
  return undefined;
}

function takeWanted(queue: OffloadedWork[]): OffloadedWork | undefined {
  const found = queue.findIndex(({ isStopped }) => !isStopped);
  const taken = queue.splice(0, found < 0 ? queue.length : found + 1);
  return found < 0 ? undefined : taken.at(-1);
}
