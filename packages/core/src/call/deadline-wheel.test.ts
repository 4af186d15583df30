// The deadline wheel on a clock that the test turns.
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { UsageError } from "../status/usage-error.js";
import {
  DeadlineEntry,
  DeadlineWheel,
  sharedDeadlineWheel,
  type WheelClock,
} from "./deadline-wheel.js";

const dayMs = 86_400_000;
const yearMs = 365 * dayMs;
const maxTimerMs = 2 ** 31 - 1;

/** A clock with one timer, like Node's: it may fire up to `early` ms before its time. */
class TestClock implements WheelClock {
  time = 1_700_000_000_000.25;
  timersSet = 0;
  early = 0;
  #timer: { at: number; holds: boolean; wake: () => void } | undefined;
  #deferred: (() => void)[] = [];

  now(): number {
    return this.time;
  }

  setTimer(wake: () => void, delayMs: number): unknown {
    expect(this.#timer, "at most one timer").toBeUndefined();
    expect(delayMs).toBeGreaterThanOrEqual(1);
    expect(delayMs).toBeLessThanOrEqual(maxTimerMs);
    this.timersSet++;
    this.#timer = { at: this.time + Math.max(delayMs - this.early, 0.25), holds: true, wake };
    return this.#timer;
  }

  clearTimer(timer: unknown): void {
    expect(timer).toBe(this.#timer);
    this.#timer = undefined;
  }

  holdProcess(timer: unknown, holds: boolean): void {
    expect(timer).toBe(this.#timer);
    expect(this.#timer!.holds).toBe(!holds);
    this.#timer!.holds = holds;
  }

  defer(action: () => void): void {
    this.#deferred.push(action);
  }

  get hasTimer(): boolean {
    return this.#timer !== undefined;
  }

  get holdsProcess(): boolean {
    return this.#timer?.holds ?? false;
  }

  endTurn(): void {
    for (const action of this.#deferred.splice(0)) {
      action();
    }
  }

  /** Lets time pass until `time`, firing the timer whenever it is due. */
  runUntil(time: number): void {
    this.endTurn();
    while (this.#timer !== undefined && this.#timer.at <= time) {
      const { at, wake } = this.#timer;
      this.#timer = undefined;
      this.time = Math.max(this.time, at);
      wake();
      this.endTurn();
    }
    this.time = Math.max(this.time, time);
  }
}

class Entry extends DeadlineEntry {
  readonly #clock: TestClock;
  firedAt: number[] = [];
  onExpired: (() => void) | undefined;

  constructor(clock: TestClock) {
    super();
    this.#clock = clock;
  }

  expired(): void {
    this.firedAt.push(this.#clock.time);
    this.onExpired?.();
  }
}

function setUp(): { clock: TestClock; wheel: DeadlineWheel; entry: () => Entry } {
  const clock = new TestClock();
  return { clock, wheel: new DeadlineWheel(clock), entry: () => new Entry(clock) };
}

function expectOnTime(entry: Entry, at: number): void {
  expect(entry.firedAt).toHaveLength(1);
  expect(entry.firedAt[0]! - at).toBeGreaterThanOrEqual(0);
  expect(entry.firedAt[0]! - at).toBeLessThanOrEqual(3);
}

describe("DeadlineWheel", () => {
  it.each([
    0.1,
    0.75,
    1,
    2.5,
    31,
    32,
    33,
    999.9,
    1_023,
    1_024,
    1_025,
    32_768,
    100_000,
    dayMs,
    maxTimerMs - 1,
    maxTimerMs,
    maxTimerMs + 1,
    2 ** 32,
    2 ** 35 + 17,
    100 * yearMs,
    12_000 * yearMs,
  ])("expires after %d ms, not early, and not late", (afterMs) => {
    const { clock, wheel, entry } = setUp();
    const at = clock.time + afterMs;
    const one = entry();
    wheel.add(at, one);
    clock.runUntil(at + 5);
    expectOnTime(one, at);
    expect(wheel.size).toBe(0);
    expect(clock.hasTimer).toBe(false);
  });

  it("is not early when the timer is", () => {
    const { clock, wheel, entry } = setUp();
    clock.early = 1;
    const entries = [1, 5, 40, 1_100, 70_000].map((afterMs) => {
      const one = entry();
      wheel.add(clock.time + afterMs, one);
      return one;
    });
    clock.runUntil(clock.time + 70_010);
    for (const one of entries) {
      expectOnTime(one, one.deadlineAt);
    }
  });

  it("sleeps until there is something to do", () => {
    const { clock, wheel, entry } = setUp();
    wheel.add(clock.time + 30 * yearMs, entry());
    clock.runUntil(clock.time + 31 * yearMs);
    // Seven rings, and a timer of at most 24.8 days.
    expect(clock.timersSet).toBeLessThan(500);
  });

  it("keeps the process alive while an entry waits, and only then", () => {
    const { clock, wheel, entry } = setUp();
    const one = entry();
    wheel.add(clock.time + 100, one);
    clock.endTurn();
    expect(clock.holdsProcess).toBe(true);
    wheel.remove(one);
    clock.endTurn();
    expect(clock.holdsProcess).toBe(false);
    wheel.add(clock.time + 200, one);
    clock.endTurn();
    expect(clock.holdsProcess).toBe(true);
    wheel.remove(one);
    clock.runUntil(clock.time + 1_000);
    expect(clock.hasTimer).toBe(false);
  });

  it("sets no timer for what begins and ends in one turn, and few for calls one at a time", () => {
    const { clock, wheel, entry } = setUp();
    const one = entry();
    wheel.add(clock.time + 100, one);
    wheel.remove(one);
    clock.endTurn();
    expect(clock.timersSet).toBe(0);
    for (let call = 0; call < 1_000; call++) {
      wheel.add(clock.time + 30_000, one);
      clock.runUntil(clock.time + 1);
      wheel.remove(one);
      clock.runUntil(clock.time + 1);
    }
    expect(clock.timersSet).toBeLessThan(10);
  });

  it("is on time after a long time without entries", () => {
    const { clock, wheel, entry } = setUp();
    clock.time += 40 * dayMs;
    const one = entry();
    const at = clock.time + 750;
    wheel.add(at, one);
    clock.runUntil(at + 5);
    expectOnTime(one, at);
  });

  it("removing stops an entry; removing twice, or one never added, does nothing", () => {
    const { clock, wheel, entry } = setUp();
    const [one, two, three] = [entry(), entry(), entry()];
    const at = clock.time + 50;
    wheel.add(at, one);
    wheel.add(at, two);
    wheel.remove(one);
    wheel.remove(one);
    wheel.remove(three);
    clock.runUntil(at + 10);
    expect(one.firedAt).toEqual([]);
    expectOnTime(two, at);
  });

  it("adding again moves an entry", () => {
    const { clock, wheel, entry } = setUp();
    const one = entry();
    wheel.add(clock.time + 10, one);
    const later = clock.time + 5_000;
    wheel.add(later, one);
    expect(wheel.size).toBe(1);
    clock.runUntil(later - 1);
    expect(one.firedAt).toEqual([]);
    clock.runUntil(later + 5);
    expectOnTime(one, later);
  });

  it("what has passed expires on the next turn, not at once", () => {
    const { clock, wheel, entry } = setUp();
    const [one, two] = [entry(), entry()];
    wheel.add(clock.time - 1_000, one);
    wheel.add(Number.NEGATIVE_INFINITY, two);
    expect(one.firedAt).toEqual([]);
    clock.runUntil(clock.time + 3);
    expect(one.firedAt).toHaveLength(1);
    expect(two.firedAt).toHaveLength(1);
  });

  it("Infinity never expires and keeps nothing alive", () => {
    const { clock, wheel, entry } = setUp();
    wheel.add(Number.POSITIVE_INFINITY, entry());
    clock.endTurn();
    expect(wheel.size).toBe(0);
    expect(clock.hasTimer).toBe(false);
  });

  it("refuses NaN", () => {
    const { wheel, entry } = setUp();
    expect(() => wheel.add(Number.NaN, entry())).toThrow(UsageError);
  });

  it("an earlier deadline takes over the timer", () => {
    const { clock, wheel, entry } = setUp();
    const [late, soon] = [entry(), entry()];
    wheel.add(clock.time + 30_000, late);
    clock.endTurn();
    const at = clock.time + 20;
    wheel.add(at, soon);
    clock.runUntil(at + 5);
    expectOnTime(soon, at);
    expect(late.firedAt).toEqual([]);
  });

  it("entries may add and remove others while they expire", () => {
    const { clock, wheel, entry } = setUp();
    const [one, sibling, follower] = [entry(), entry(), entry()];
    const at = clock.time + 40;
    wheel.add(at + 2, sibling);
    wheel.add(at, one);
    one.onExpired = () => {
      wheel.remove(sibling);
      wheel.add(clock.time - 1, follower);
    };
    clock.runUntil(at + 10);
    expect(one.firedAt).toHaveLength(1);
    expect(sibling.firedAt).toEqual([]);
    expect(follower.firedAt).toHaveLength(1);
    expect(clock.hasTimer).toBe(false);
  });

  it("a loop that was blocked catches up, in order of time", () => {
    const { clock, wheel, entry } = setUp();
    const order: number[] = [];
    for (const afterMs of [500, 3, 40_000, 33, 1_100]) {
      const one = entry();
      one.onExpired = () => order.push(afterMs);
      wheel.add(clock.time + afterMs, one);
    }
    clock.endTurn();
    clock.time += 50_000;
    clock.runUntil(clock.time + 1);
    expect(order).toEqual([3, 33, 500, 1_100, 40_000]);
  });

  it("one that throws does not cost the others their deadline", () => {
    const thrown: unknown[] = [];
    const spy = vi.spyOn(globalThis, "queueMicrotask").mockImplementation((action) => {
      try {
        action();
      } catch (error) {
        thrown.push(error);
      }
    });
    const { clock, wheel, entry } = setUp();
    const [bad, good] = [entry(), entry()];
    bad.onExpired = () => {
      throw new Error("promised not to");
    };
    wheel.add(clock.time + 10, good);
    wheel.add(clock.time + 10, bad);
    clock.runUntil(clock.time + 15);
    spy.mockRestore();
    expect(good.firedAt).toHaveLength(1);
    expect(thrown).toHaveLength(1);
  });

  it("there is one for the process", () => {
    expect(sharedDeadlineWheel()).toBe(sharedDeadlineWheel());
  });

  it("any adds, moves and removes expire exactly what is left, on time", () => {
    const afterMs = fc.oneof(
      fc.double({ min: -5, max: 100, noNaN: true }),
      fc.double({ min: 0, max: 5_000, noNaN: true }),
      fc.double({ min: 0, max: 10 * dayMs, noNaN: true }),
      fc.double({ min: 0, max: 10 * yearMs, noNaN: true }),
    );
    const step = fc.record({
      who: fc.nat(11),
      act: fc.constantFrom("add", "add", "remove", "wait"),
      afterMs,
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(0, 1), (steps, early) => {
        const { clock, wheel, entry } = setUp();
        clock.early = early;
        const entries = Array.from({ length: 12 }, entry);
        const due = new Map<Entry, number>();
        for (const one of entries) {
          one.onExpired = () => {
            const at = due.get(one)!;
            expect(clock.time).toBeGreaterThanOrEqual(at);
            due.delete(one);
          };
        }
        const checkNoneOverdue = (): void => {
          for (const at of due.values()) {
            expect(clock.time - at).toBeLessThanOrEqual(3);
          }
          expect(wheel.size).toBe(due.size);
        };
        for (const { who, act, afterMs: ms } of steps) {
          const one = entries[who]!;
          if (act === "add") {
            due.set(one, Math.max(clock.time + ms, clock.time));
            wheel.add(clock.time + ms, one);
          } else if (act === "remove") {
            due.delete(one);
            wheel.remove(one);
          } else {
            clock.runUntil(clock.time + Math.abs(ms));
            checkNoneOverdue();
          }
        }
        clock.runUntil(clock.time + 11 * yearMs);
        expect(due.size).toBe(0);
        expect(wheel.size).toBe(0);
        expect(clock.hasTimer).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});
