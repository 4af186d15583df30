// What servers say about when to try again.
import { Code, packDetail, RetryInfoSchema, RpcError } from "@trunkline/core";
import { describe, expect, it } from "vitest";
import { pushbackOf, retryInfoDelayMs } from "./pushback.js";

describe("pushbackOf", () => {
  it.each([
    ["0", 0],
    ["250", 250],
    ["2147483647", 2_147_483_647],
    ["2147483648", Infinity],
    ["-1", Infinity],
    ["-0", Infinity],
    ["+5", Infinity],
    ["05", Infinity],
    ["5.5", Infinity],
    ["5 ms", Infinity],
    ["", Infinity],
  ])("%j", (text, expected) => {
    expect(pushbackOf(["a", "1", "grpc-retry-pushback-ms", text])).toBe(expected);
  });

  it("nothing, and too much", () => {
    expect(pushbackOf(undefined)).toBeUndefined();
    expect(pushbackOf(["grpc-status", "14"])).toBeUndefined();
    const twice = ["grpc-retry-pushback-ms", "1", "grpc-retry-pushback-ms", "1"];
    expect(pushbackOf(twice)).toBe(Infinity);
  });
});

describe("retryInfoDelayMs", () => {
  it.each([
    ["none", [], 0],
    ["one", [{ seconds: 2n, nanos: 5_000_000 }], 2005],
    [
      "two: the longest",
      [
        { seconds: 1n, nanos: 0 },
        { seconds: 3n, nanos: 0 },
      ],
      3000,
    ],
    ["one below zero", [{ seconds: -1n, nanos: 0 }], 0],
    ["one without a delay", [undefined], 0],
  ])("%s", (_name, delays, expected) => {
    const details = delays.map((retryDelay) =>
      packDetail(RetryInfoSchema, retryDelay === undefined ? {} : { retryDelay }),
    );
    expect(retryInfoDelayMs(new RpcError(Code.UNAVAILABLE, "", { details }))).toBe(expected);
  });
});
