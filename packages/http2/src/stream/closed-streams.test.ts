// What is remembered of streams that are gone, and what happens when it becomes too much.
import { expect, test } from "vitest";
import { ClosedStreams, maxRememberedResets, maxRememberedSkips } from "./closed-streams.js";

test("resets are remembered while the ring grows", () => {
  const gone = new ClosedStreams();
  expect(gone.wasReset(1)).toBe(false);
  for (let id = 1; id <= 200; id += 4) gone.rememberReset(id);
  for (let id = 1; id <= 200; id += 2) expect(gone.wasReset(id)).toBe((id - 1) % 4 === 0);
});

test("what had to be forgotten is tolerated, what came later is not", () => {
  const gone = new ClosedStreams();
  const count = maxRememberedResets + 10;
  for (let i = 0; i < count; i++) gone.rememberReset(1 + i * 4);
  expect(gone.wasReset(3)).toBe(true);
  expect(gone.wasReset(1 + 9 * 4)).toBe(true);
  expect(gone.wasReset(1 + 10 * 4 + 2)).toBe(false);
  expect(gone.wasReset(1 + (count - 1) * 4)).toBe(true);
});

test("skipped ranges are remembered, the oldest are dropped", () => {
  const gone = new ClosedStreams();
  expect(gone.wasSkipped(3)).toBe(false);
  for (let i = 0; i <= maxRememberedSkips; i++) gone.rememberSkip(i * 10 + 1, i * 10 + 5);
  expect(gone.wasSkipped(3)).toBe(false);
  expect(gone.wasSkipped(13)).toBe(true);
  expect(gone.wasSkipped(17)).toBe(false);
});

test("a reset that the peer has answered with its own is forgotten", () => {
  const gone = new ClosedStreams();
  gone.forgetReset(1);
  gone.rememberReset(1);
  gone.rememberReset(3);
  gone.forgetReset(1);
  expect([gone.wasReset(1), gone.wasReset(3)]).toEqual([false, true]);
});

test("what is behind a fence is forgotten, also when the oldest had to go before", () => {
  const gone = new ClosedStreams();
  for (let id = 1; id <= 2 * 1025; id += 2) gone.rememberReset(id);
  expect([gone.rememberedResets, gone.wasReset(1)]).toEqual([1024, true]);
  gone.fence();
  gone.rememberReset(3001);
  gone.passFence();
  expect([gone.rememberedResets, gone.wasReset(2049), gone.wasReset(3001)]).toEqual([
    1,
    false,
    true,
  ]);
  gone.fence();
  gone.passFence();
  expect(gone.rememberedResets).toBe(0);
});
