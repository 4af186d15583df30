// Says what a test has left behind: sockets, listeners, timers, child processes.

/** A picture of what was open, to compare with later. */
export interface LeakCheck {
  /**
   * Waits, for some hundred turns of the event loop, until no more is open than at the start.
   *
   * @returns what is still open beyond that, by Node's names; empty when all is well
   */
  leftovers(): Promise<string[]>;
}

// Pipes are not watched: those of a child process close some time after it has ended.
const WATCHED = /^(TCP|Timeout|Process|TLS|HTTP2)/;
const MAX_TURNS = 500;

function countOpen(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    if (WATCHED.test(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function surplus(before: ReadonlyMap<string, number>): string[] {
  return [...countOpen()].flatMap(([name, count]) => {
    const extra = count - (before.get(name) ?? 0);
    return extra > 0 ? [`${name} x${extra}`] : [];
  });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Notes what is open in this process now. */
export function watchResources(): LeakCheck {
  const before = countOpen();
  return {
    async leftovers(): Promise<string[]> {
      for (let turn = 0; turn < MAX_TURNS && surplus(before).length > 0; turn++) await nextTurn();
      return surplus(before);
    },
  };
}
