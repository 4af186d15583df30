// Throws away what nobody needs any more: old events, and uploads whose server is gone.
import type { EventLog } from "./event-log.js";
import type { FileStore } from "./file-store.js";

const everyMs = 10 * 60 * 1000;
const keepEventsMs = 60 * 60 * 1000;
const abandonedAfterMs = 60 * 60 * 1000;

/** The work that goes on in the background. */
export interface Upkeep {
  /** Begins no new round, and waits for the one under way. */
  stop(): Promise<void>;
}

/** Does a round now and then one every ten minutes. What fails is tried again in the next. */
export function startUpkeep(log: EventLog, files: FileStore): Upkeep {
  let round = runRound(log, files);
  const timer = setInterval(() => {
    round = runRound(log, files);
  }, everyMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await round;
    },
  };
}

async function runRound(log: EventLog, files: FileStore): Promise<void> {
  const now = Date.now();
  await Promise.allSettled([
    log.purge(new Date(now - keepEventsMs)),
    files.removeAbandoned(new Date(now - abandonedAfterMs)),
  ]);
}
