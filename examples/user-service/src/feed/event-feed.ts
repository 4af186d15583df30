// Hands the events of the log to those in this server who want to hear of them, each once, in order.
import type { EventLog, LoggedEvent } from "../storage/event-log.js";

/** Hears of the events of one topic. */
export interface FeedListener {
  received(event: LoggedEvent): void;
  /** Events may have been thrown away before this server could read them. */
  missed(): void;
}

const batchSize = 500;
const retryDelayMs = 1000;

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

  /** @param listeners who hears of which topic. */
  constructor(log: EventLog, listeners: ReadonlyMap<string, FeedListener>) {
    this.#log = log;
    this.#listeners = listeners;
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
        await this.#readBatch();
      }
    } catch {
      // The database cannot be reached. What it holds is not lost: try again until it is back.
      this.#retry = setTimeout(() => this.wake(), retryDelayMs);
    } finally {
      this.#isReading = false;
    }
  }

  async #readBatch(): Promise<void> {
    const events = await this.#log.readAfter(this.#sequence, batchSize);
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
    if (events.length === batchSize) this.#isWoken = true;
  }
}
