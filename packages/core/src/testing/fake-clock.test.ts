// A clock that only moves forward, by what can be meant.
import { expect, test } from "vitest";
import { UsageError } from "../status/usage-error.js";
import { FakeClock } from "./fake-clock.js";

test("timers are woken in order, each at its own time, also those that timers set", () => {
  const clock = new FakeClock(100);
  const woken: number[] = [];
  clock.setTimer(7, () => woken.push(clock.now()));
  clock.setTimer(5, () => {
    woken.push(clock.now());
    clock.setTimer(1, () => woken.push(clock.now()));
  });
  clock.advance(20);
  expect(woken).toEqual([105, 106, 107]);
  expect(clock.now()).toBe(120);
});

test("a timer that moves the clock does not make it go back afterwards", () => {
  const clock = new FakeClock();
  clock.setTimer(5, () => clock.advance(100));
  clock.setTimer(7, () => {});
  clock.advance(10);
  expect(clock.now()).toBe(105);
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "5", null])("it does not move by %s", (ms) => {
  const clock = new FakeClock();
  expect(() => clock.advance(ms as number)).toThrow(UsageError);
  expect(() => new FakeClock(ms as number)).toThrow("a number of milliseconds, 0 or more");
  expect(clock.now()).toBe(0);
});
