// All eight answers to whether an attempt may be repeated unnoticed.
import { describe, expect, it } from "vitest";
import { mayRetryTransparently } from "./transparent-retry.js";

describe("mayRetryTransparently", () => {
  it.each([
    [true, 1, true, true],
    [true, 2, true, false],
    [true, 1, false, false],
    [true, 2, false, false],
    [false, 1, true, false],
    [false, 2, true, false],
    [false, 1, false, false],
    [false, 2, false, false],
  ])(
    "unprocessed %s, attempt %d, replayable %s: %s",
    (unprocessed, attempts, isReplayable, expected) => {
      expect(mayRetryTransparently({ unprocessed, attempts, isReplayable })).toBe(expected);
    },
  );
});
