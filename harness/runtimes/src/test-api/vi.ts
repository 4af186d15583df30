// The part of Vitest's `vi` that the end-to-end tests use.
import { fn } from "@vitest/spy";
import { retry } from "./clock.js";
import { FakeTimers } from "./fake-timers.js";

let timers: FakeTimers | undefined;

function useFakeTimers({ toFake }: { readonly toFake: readonly string[] }): void {
  const beyond = toFake.filter((name) => !["setTimeout", "clearTimeout"].includes(name));
  if (beyond.length > 0) throw new Error(`there is no fake ${beyond} on this runtime`);
  timers = new FakeTimers();
  timers.install();
}

function useRealTimers(): void {
  timers?.uninstall();
  timers = undefined;
}

/** Mocks, waiting and fake timers. */
export const vi: {
  readonly fn: typeof fn;
  readonly waitFor: typeof retry;
  readonly useFakeTimers: typeof useFakeTimers;
  readonly useRealTimers: typeof useRealTimers;
  readonly advanceTimersByTime: (ms: number) => void;
} = {
  fn,
  waitFor: retry,
  useFakeTimers,
  useRealTimers,
  advanceTimersByTime: (ms) => timers?.advance(ms),
};
