// All answers to whether an attempt may be repeated unnoticed.
import { describe, expect, it } from "vitest";
import { mayRepeat } from "./transparent-retry.js";

describe("mayRepeat", () => {
  it.each([
    ["unsent", false, true, true],
    ["unsent", true, true, true],
    ["refused", false, true, true],
    ["refused", true, true, false],
    ["sent", false, true, false],
    ["sent", true, true, false],
    ["local", false, true, false],
    ["unsent", false, false, false],
    ["refused", false, false, false],
  ] as const)(
    "%s, refused before %s, replayable %s: %s",
    (reach, wasRefused, isReplayable, expected) => {
      expect(mayRepeat(reach, wasRefused, isReplayable)).toBe(expected);
    },
  );
});
