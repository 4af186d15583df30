// The test API does what Vitest does, as far as the end-to-end tests use it.
import { describe, it, expect as vitestExpect } from "vitest";
import { expect } from "./expect.js";
import { titleOf } from "./title.js";
import { vi } from "./vi.js";

type Assert = (value: unknown) => Record<string, (...args: unknown[]) => Promise<void>>;
const ours = expect as Assert & { poll: Assert };

describe("titles", () => {
  it.each<[string, unknown[], string]>([
    ["plain", [1, 2], "plain"],
    ["%s and %s", ["a", "b"], "a and b"],
    ["%s alone", ["a", "b"], "a alone"],
    ["%j", [["http/1.1"]], '["http/1.1"]'],
    ["%i bytes", [262_144], "262144 bytes"],
    ["$name", [{ name: 7 }], "7"],
  ])("%s of %j", (template, row, expected) => {
    vitestExpect(titleOf(template, row)).toBe(expected);
  });
});

describe("assertions", () => {
  it("hold or throw", async () => {
    const { toSatisfy } = expect as { toSatisfy(isRight: (value: number) => boolean): unknown };
    ours([1]).toEqual?.([toSatisfy((value) => value < 2)]);
    vitestExpect(() => ours([3]).toEqual?.([toSatisfy((value) => value < 2)])).toThrow();
    ours([1, { a: "b" }]).toEqual?.([1, { a: "b" }]);
    vitestExpect(() => ours(1).toBe?.(2)).toThrow("expected 1 to be 2");
  });

  it("poll until they hold, or the time is up", async () => {
    let count = 0;
    await ours.poll(() => ++count).toBe?.(3);
    vitestExpect(count).toBe(3);
    const never = (expect as unknown as { poll: (...args: unknown[]) => ReturnType<Assert> }).poll;
    await vitestExpect(never(() => 1, { timeout: 1, interval: 1 }).toBe?.(2)).rejects.toThrow();
  });
});

describe("fake timers", () => {
  it("run when they are due, in order, and not when they are cleared", () => {
    const seen: string[] = [];
    const real = globalThis.setTimeout;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { setTimeout: start, clearTimeout: stop } = globalThis;
    start(() => seen.push("second"), 20);
    start(() => seen.push("first"), 10);
    stop(start(() => seen.push("never"), 15));
    vi.advanceTimersByTime(15);
    vitestExpect(seen).toEqual(["first"]);
    vi.advanceTimersByTime(15);
    vi.useRealTimers();
    vitestExpect(seen).toEqual(["first", "second"]);
    vitestExpect(globalThis.setTimeout).toBe(real);
  });
});

it("variables of the environment are as they were in the end", () => {
  const { PATH } = process.env;
  vi.stubEnv("PATH", "/nowhere");
  vi.stubEnv("PATH", undefined);
  vi.stubEnv("TRUNKLINE_STUBBED", "yes");
  vitestExpect([process.env.PATH, process.env.TRUNKLINE_STUBBED]).toEqual([undefined, "yes"]);
  vi.unstubAllEnvs();
  vitestExpect([process.env.PATH, process.env.TRUNKLINE_STUBBED]).toEqual([PATH, undefined]);
});
