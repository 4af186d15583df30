// When it is said that something expires: at each threshold once, not again after a reload, and at once when it is late.
import { expect, it } from "vitest";
import type { Clock } from "../../call/clock.js";
import { type Expiring, ExpiryWatch } from "./expiry-watch.js";

const dayMs = 86_400_000;

class TestClock implements Clock {
  #now = 0;
  readonly timers = new Set<{ atMs: number; wake: () => void }>();

  now(): number {
    return this.#now;
  }

  setTimer(ms: number, wake: () => void): { cancel(): void; keepAlive(): void } {
    const timer = { atMs: this.#now + ms, wake };
    this.timers.add(timer);
    return { cancel: () => this.timers.delete(timer), keepAlive() {} };
  }

  advanceTo(days: number): void {
    for (;;) {
      const [next] = [...this.timers].sort((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > days * dayMs) break;
      this.#now = next.atMs;
      this.timers.delete(next);
      next.wake();
    }
    this.#now = days * dayMs;
  }
}

const item = (id: string, days: number, warnDays = [30, 7, 1]): Expiring => ({
  id,
  validToMs: days * dayMs,
  warnDays,
});

function start(): { clock: TestClock; told: string[]; watch: ExpiryWatch<Expiring> } {
  const clock = new TestClock();
  const told: string[] = [];
  const watch = new ExpiryWatch<Expiring>(clock, ({ id }, left) => {
    told.push(`day ${clock.now() / dayMs}: ${id} ${left}`);
  });
  return { clock, told, watch };
}

it("tells of each threshold, and of the end, once", () => {
  const { clock, told, watch } = start();
  watch.watch([item("a", 40), item("b", 50, [])]);
  clock.advanceTo(60);
  expect(told).toEqual([
    "day 10: a 30",
    "day 33: a 7",
    "day 39: a 1",
    "day 40: a 0",
    "day 50: b 0",
  ]);
});

it("tells of the nearest threshold alone when several have passed", () => {
  const { clock, told, watch } = start();
  watch.watch([item("a", 5)]);
  watch.watch([item("a", 5), item("late", -2)]);
  clock.advanceTo(4.5);
  expect(told).toEqual(["day 0: a 5", "day 0: late -2", "day 4: a 1"]);
});

it("forgets what is not watched any more, and ends", () => {
  const { clock, told, watch } = start();
  watch.watch([item("a", 5)]);
  watch.watch([item("b", 100)]);
  clock.advanceTo(20);
  watch.close();
  expect([told, clock.timers.size]).toEqual([["day 0: a 5"], 0]);
  clock.advanceTo(200);
  expect(told).toHaveLength(1);
});
