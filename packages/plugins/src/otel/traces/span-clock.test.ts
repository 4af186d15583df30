// Times of spans follow the clock of the system, also when that is set, and are fine between.
import { afterEach, expect, it, vi } from "vitest";
import { SpanClock } from "./span-clock.js";

afterEach(() => vi.restoreAllMocks());

it("is both fine and right", () => {
  const date = vi.spyOn(Date, "now");
  const precise = vi.spyOn(performance, "now");
  const at = (dateMs: number, preciseMs: number): number => {
    date.mockReturnValue(dateMs);
    precise.mockReturnValue(preciseMs);
    return clock.now();
  };
  const clock = new SpanClock();
  expect(at(1_000_000, 50.25)).toBe(1_000_000);
  expect(at(1_000_001, 51.5)).toBe(1_000_001.25);
  expect(clock.epochMs(51)).toBe(1_000_000.75);
  // It was set an hour ahead, and back.
  expect(at(4_600_000, 60.5)).toBe(4_600_000);
  expect(at(4_600_001, 61.75)).toBe(4_600_001.25);
  expect(at(1_000_012, 62)).toBe(1_000_012);
});
