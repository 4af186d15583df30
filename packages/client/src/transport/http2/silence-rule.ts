// Decides when a server that says nothing is asked whether it is there, and when it is given up.

/** Part of the time that passes before the server is asked; the rest is its time to answer. */
const askAfter = 0.4;
/** PINGs without an answer to a call between them: servers count them (gRFC A8) and put up with two. */
const maxPingsPerAnswer = 2;
/** A timer that is so late tells of a busy process here: what the server has sent waits to be read. */
const lateMs = 100;
/** Round trips that an answer may take, where that is longer than its share of the time. */
const roundTrips = 4;

/** What is known of a connection; times by the clock of the connection, milliseconds. */
export interface SilenceFacts {
  readonly nowMs: number;
  /** When its last byte came. */
  readonly heardMs: number;
  /** Streams that have ended since it began. */
  readonly answers: number;
  /** Smoothed round trip; below 0: not known. */
  readonly rttMs: number;
}

/** `wait`: look again after so long. `ask`: send a PING, then the same. `silent`: nothing has come for so long. */
export type SilenceVerdict =
  | { readonly kind: "wait" | "ask"; readonly forMs: number }
  | { readonly kind: "silent"; readonly forMs: number };

/** See the file's first line. It begins when a call begins to wait, and ends when none does any more. */
export class SilenceRule {
  readonly #quietMs: number;
  readonly #answerMs: number;
  #sinceMs = 0;
  #dueMs = 0;
  /** When the PING that waits for its answer was sent; undefined: there is none. */
  #askedMs: number | undefined;
  #pings = 0;
  #answers = -1;

  /** @param timeoutMs how long a server may be silent. */
  constructor(timeoutMs: number) {
    this.#quietMs = timeoutMs * askAfter;
    this.#answerMs = timeoutMs - this.#quietMs;
  }

  /** A call waits, where none did. @returns when to look, in milliseconds. */
  begin(nowMs: number): number {
    this.#sinceMs = nowMs;
    this.#askedMs = undefined;
    return this.#plan("wait", nowMs, this.#quietMs).forMs;
  }

  /** To be asked when the time has come that it gave last. */
  look(facts: SilenceFacts): SilenceVerdict {
    const { nowMs, heardMs } = facts;
    if (this.#askedMs !== undefined && heardMs < this.#askedMs) return this.#unanswered(facts);
    this.#askedMs = undefined;
    const quietMs = nowMs - Math.max(heardMs, this.#sinceMs);
    if (quietMs < this.#quietMs) return this.#plan("wait", nowMs, this.#quietMs - quietMs);
    if (facts.answers !== this.#answers) {
      this.#answers = facts.answers;
      this.#pings = 0;
    }
    if (this.#pings === maxPingsPerAnswer) return this.#plan("wait", nowMs, this.#quietMs);
    this.#pings += 1;
    this.#askedMs = nowMs;
    return this.#plan("ask", nowMs, this.#patience(facts));
  }

  #unanswered(facts: SilenceFacts): SilenceVerdict {
    const { nowMs, heardMs } = facts;
    if (nowMs - this.#dueMs > lateMs) return this.#plan("wait", nowMs, lateMs);
    return { kind: "silent", forMs: nowMs - Math.max(heardMs, this.#sinceMs) };
  }

  #patience({ rttMs }: SilenceFacts): number {
    return Math.max(this.#answerMs, rttMs * roundTrips);
  }

  #plan(kind: "wait" | "ask", nowMs: number, forMs: number): SilenceVerdict {
    this.#dueMs = nowMs + forMs;
    return { kind, forMs };
  }
}
