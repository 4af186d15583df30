// Follows attempts in the name of several policies: each one that is nested in another may add an observer of its own.
import type { AttemptObserver, AttemptOutcome, Pick } from "./balancer.js";

/** The same pick, followed by `observer` as well. Picks that are not used are passed on. */
export function withObserver(pick: Pick, observer: AttemptObserver): Pick {
  if (pick.kind !== "use") {
    return pick;
  }
  const { subchannel } = pick;
  const both = pick.observer === undefined ? observer : new Both(pick.observer, observer);
  return { kind: "use", subchannel, observer: both };
}

class Both implements AttemptObserver {
  readonly #first: AttemptObserver;
  readonly #second: AttemptObserver;

  constructor(first: AttemptObserver, second: AttemptObserver) {
    this.#first = first;
    this.#second = second;
  }

  started(): void {
    this.#first.started();
    this.#second.started();
  }

  ended(outcome: AttemptOutcome): void {
    this.#first.ended(outcome);
    this.#second.ended(outcome);
  }
}
