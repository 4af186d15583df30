// Hands the events of the log to those in this server who want to hear of them, each once, in order.
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import type { Mailbox } from "../domain/mailbox.js";
import type { EventLog, LoggedEvent } from "../storage/event-log.js";

/** Hears of the events of one topic. */
export interface FeedListener {
  received(event: LoggedEvent): void;
  /** Events may have been thrown away before this server could read them. */
  missed(): void;
  /** Those for whom `count` more events may be too many now. */
  crowded(count: number): readonly Mailbox<unknown>[];
}

/** How many events are handed on in one go: well below what one reader may leave waiting. */
export const feedBatchSize = 100;
const retryDelayMs = 1000;
/** How often, and how long between, readers that are behind are looked at before the next batch: 0.3 s. */
const maxLooks = 60;
const lookDelayMs = 5;

/** Follows the log: notifications only wake it, so that none of them has to arrive. */
export class EventFeed {
  readonly #log: EventLog;
  readonly #listeners: ReadonlyMap<string, FeedListener>;
  #sequence = 0;
  #isReading = false;
  #isWoken = false;
  #isClosed = false;
  #retry: NodeJS.Timeout | undefined;
  #finished: Promise<void> = Promise.resolve();
  // Waited for in vain, and behind ever since: nobody waits for them a second time.
  #stuck: ReadonlySet<Mailbox<unknown>> = new Set();
  readonly #pause: () => Promise<unknown>;

  /**
   * @param listeners who hears of which topic.
   * @param pause waits a little, for tests to replace.
   */
  constructor(
    log: EventLog,
    listeners: ReadonlyMap<string, FeedListener>,
    pause: () => Promise<unknown> = () => delay(lookDelayMs),
  ) {
    this.#log = log;
    this.#listeners = listeners;
    this.#pause = pause;
  }

  /** Begins behind the newest event. To be called before `wake`. */
  async start(): Promise<void> {
    this.#sequence = await this.#log.lastSequence();
  }

  /** There may be news. */
  wake(): void {
    this.#isWoken = true;
    if (this.#isReading || this.#isClosed) return;
    this.#isReading = true;
    this.#finished = this.#readWhileWoken();
  }

  /** Reads no more; waits for the read under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    await this.#finished;
  }

  async #readWhileWoken(): Promise<void> {
    try {
      while (this.#isWoken && !this.#isClosed) {
        this.#isWoken = false;
        await this.#letReadersCatchUp();
        await this.#readBatch();
      }
    } catch {
      // The database cannot be reached. What it holds is not lost: try again until it is back.
      this.#retry = setTimeout(() => this.wake(), retryDelayMs);
    } finally {
      this.#isReading = false;
    }
  }

  /** Gives those who read the time to do so; those who do not hold up the others only once. */
  async #letReadersCatchUp(): Promise<void> {
    await nextTurn();
    for (let looks = 0; looks < maxLooks && !this.#isClosed; looks++) {
      const crowded = this.#findCrowded();
      if (crowded.every((it) => this.#stuck.has(it))) break;
      await this.#pause();
    }
    this.#stuck = new Set(this.#findCrowded());
  }

  #findCrowded(): Mailbox<unknown>[] {
    return [...this.#listeners.values()].flatMap((it) => it.crowded(feedBatchSize));
  }

  async #readBatch(): Promise<void> {
    const events = await this.#log.readAfter(this.#sequence, feedBatchSize);
    // Asked after the events were read: what is purged later was among them.
    const purged = await this.#log.purgedSequence();
    if (purged > this.#sequence) {
      for (const listener of this.#listeners.values()) listener.missed();
      this.#sequence = purged;
    }
    for (const event of events) {
      if (event.sequence <= this.#sequence) continue;
      this.#sequence = event.sequence;
      this.#listeners.get(event.topic)?.received(event);
    }
    if (events.length === feedBatchSize) this.#isWoken = true;
  }
}
