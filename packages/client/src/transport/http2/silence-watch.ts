// Finds out a server that is silent (stopped, behind a black hole) while calls wait for it that could be made elsewhere.
import { DeadlineEntry, sharedDeadlineWheel } from "@trunkline/core";
import type { Connection } from "@trunkline/http2";
import { SilenceRule } from "./silence-rule.js";

/** The transport, as far as its silence matters. */
export interface WatchedTransport {
  readonly connection: Connection;
  /** Whether calls wait that would be repeated elsewhere. */
  hasMovableAttempts(): boolean;
  /** The server has said nothing for so long, not even to a PING. */
  silent(forMs: number): void;
}

/** See the file's first line. One entry in the deadline wheel for each connection, and only while such calls wait. */
export class SilenceWatch extends DeadlineEntry {
  readonly #host: WatchedTransport;
  readonly #rule: SilenceRule;
  readonly #wheel = sharedDeadlineWheel();
  #isWatching = false;

  constructor(host: WatchedTransport, timeoutMs: number) {
    super();
    this.#host = host;
    this.#rule = new SilenceRule(timeoutMs);
  }

  /** A call that could be made elsewhere has begun to wait. */
  attemptStarted(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#lookAfter(this.#rule.begin(performance.now()));
  }

  override expired(): void {
    const { connection } = this.#host;
    this.#isWatching = !connection.isClosed && this.#host.hasMovableAttempts();
    if (!this.#isWatching) return;
    const { stats, lastReceivedMs: heardMs } = connection;
    const { streamsEnded: answers, smoothedRttMs: rttMs } = stats;
    const nowMs = performance.now();
    const verdict = this.#rule.look({ nowMs, heardMs, answers, rttMs });
    if (verdict.kind === "silent") {
      this.#isWatching = false;
      this.#host.silent(verdict.forMs);
      return;
    }
    if (verdict.kind === "ask") connection.ping(nowMs);
    this.#lookAfter(verdict.forMs);
  }

  /** The connection has ended. */
  stop(): void {
    if (this.#isWatching) this.#wheel.remove(this);
    this.#isWatching = false;
  }

  #lookAfter(forMs: number): void {
    this.#wheel.add(this.#wheel.now() + forMs, this);
  }
}
