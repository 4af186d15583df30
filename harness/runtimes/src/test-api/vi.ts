// The part of Vitest's `vi` that the end-to-end tests use.
import { fn, restoreAllMocks, spyOn } from "@vitest/spy";
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

/** Variables as they were; undefined: they were not set. */
const environment = new Map<string, string | undefined>();

function stubEnv(name: string, value: string | undefined): void {
  if (!environment.has(name)) environment.set(name, process.env[name]);
  setEnv(name, value);
}

function unstubAllEnvs(): void {
  for (const [name, value] of environment) setEnv(name, value);
  environment.clear();
}

function setEnv(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** Mocks, waiting, fake timers and variables of the environment. */
export const vi: {
  readonly fn: typeof fn;
  readonly spyOn: typeof spyOn;
  readonly restoreAllMocks: typeof restoreAllMocks;
  readonly waitFor: typeof retry;
  readonly useFakeTimers: typeof useFakeTimers;
  readonly useRealTimers: typeof useRealTimers;
  readonly advanceTimersByTime: (ms: number) => void;
  readonly stubEnv: typeof stubEnv;
  readonly unstubAllEnvs: typeof unstubAllEnvs;
} = {
  fn,
  spyOn,
  restoreAllMocks,
  waitFor: retry,
  useFakeTimers,
  useRealTimers,
  advanceTimersByTime: (ms) => timers?.advance(ms),
  stubEnv,
  unstubAllEnvs,
};
