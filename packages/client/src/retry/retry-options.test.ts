// Options of retries: defaults, ranges, and how refusals say what is wrong.
import { Code } from "@trunkline/core";
import { describe, expect, it } from "vitest";
import { createChannel } from "../transport/node/create-channel.js";
import { toRetryLimits, toRetryPolicy } from "./retry-options.js";

describe("toRetryPolicy", () => {
  it("has defaults", () => {
    expect(toRetryPolicy(true)).toEqual({
      maxAttempts: 3,
      initialBackoffMs: 100,
      maxBackoffMs: 1000,
      backoffMultiplier: 2,
      retryableCodes: new Set([Code.UNAVAILABLE]),
      perAttemptTimeoutMs: Infinity,
    });
    expect(toRetryPolicy({ maxAttempts: undefined })).toEqual(toRetryPolicy(true));
    expect(toRetryPolicy(false)).toBeUndefined();
  });

  it.each<[unknown, string]>([
    [3, "option retry is 3"],
    [[], "option retry is "],
    [{ maxAttempts: 0 }, "option retry.maxAttempts is 0; it must be a whole number, 1 or more"],
    [{ initialBackoffMs: 0 }, "option retry.initialBackoffMs is 0; it must be a number above 0"],
    [{ maxBackoffMs: Infinity }, "option retry.maxBackoffMs is Infinity"],
    [{ backoffMultiplier: "2" }, 'option retry.backoffMultiplier is "2"'],
    [{ retryableCodes: [] }, "option retry.retryableCodes is empty"],
    [{ retryableCodes: [0] }, "option retry.retryableCodes has OK"],
    [{ retryableCodes: [17] }, "option retry.retryableCodes has 17"],
    [{ perAttemptTimeoutMs: -1 }, "option retry.perAttemptTimeoutMs is -1"],
  ])("refuses %j", (options, text) => {
    expect(() => toRetryPolicy(options as never)).toThrow(text);
    expect(() => createChannel("x:1", { retry: options as never })).toThrow(text);
  });
});

describe("toRetryLimits", () => {
  it("has defaults, and none for a budget", () => {
    expect(toRetryLimits()).toEqual({
      maxAttempts: 5,
      bufferBytesPerCall: 262_144,
      bufferBytes: 16_777_216,
      budget: undefined,
      honoursRetryInfo: true,
    });
    const budget = { ratio: 0.2, minPerSecond: 10, windowMs: 10_000 };
    expect(toRetryLimits({ budget: true }).budget).toEqual(budget);
    expect(toRetryLimits({ budget: { ratio: 1 } }).budget).toEqual({ ...budget, ratio: 1 });
  });

  it.each<[unknown, string]>([
    [3, "option retryLimits is 3"],
    [{ maxAttempts: 0 }, "option retryLimits.maxAttempts is 0"],
    [{ bufferBytes: -1 }, "option retryLimits.bufferBytes is -1"],
    [{ bufferBytesPerCall: 1.5 }, "option retryLimits.bufferBytesPerCall is 1.5"],
    [{ budget: 3 }, "option retryLimits.budget is 3"],
    [{ budget: { ratio: -1 } }, "option retryLimits.budget.ratio is -1"],
    [{ budget: { windowMs: 10 } }, "option retryLimits.budget.windowMs is 10"],
    [{ honourRetryInfo: "yes" }, "option retryLimits.honourRetryInfo is"],
  ])("refuses %j", (options, text) => {
    expect(() => createChannel("x:1", { retryLimits: options as never })).toThrow(text);
  });
});
