// A channel whose servers are asked too often asks half as often, on its next connections.
import { ErrorCode } from "@trunkline/http2";
import { expect, test } from "vitest";
import { KeepalivePace } from "./keepalive-pace.js";

function make(keepaliveTimeMs: number): { pace: KeepalivePace; told: unknown[] } {
  const told: unknown[] = [];
  const quiet = (): void => {};
  const warn = (_text: string, fields: unknown): void => {
    told.push(fields);
  };
  const log = { debug: quiet, info: quiet, warn, error: quiet };
  return { pace: new KeepalivePace({ keepaliveTimeMs, maxStreamId: 9 }, log), told };
}

const calm = ErrorCode.ENHANCE_YOUR_CALM;

test("each connection that is told doubles its own time, so that several at once double it once", () => {
  const { pace, told } = make(20_000);
  const first = pace.limits;
  pace.goawayReceived(first, "a", calm, "too_many_pings");
  pace.goawayReceived(first, "a", calm, "too_many_pings");
  expect(pace.limits).toEqual({ keepaliveTimeMs: 40_000, maxStreamId: 9 });
  pace.goawayReceived(pace.limits, "a", calm, "too_many_pings");
  expect(pace.limits.keepaliveTimeMs).toBe(80_000);
  expect(told).toEqual([
    { peer: "a", keepaliveTimeMs: 40_000 },
    { peer: "a", keepaliveTimeMs: 80_000 },
  ]);
});

test("what counts is the time that was in force", () => {
  const { pace } = make(1);
  pace.goawayReceived(pace.limits, "a", calm, "too_many_pings");
  expect(pace.limits.keepaliveTimeMs).toBe(20_000);
});

test("other reasons to go, and channels that do not ask, change nothing", () => {
  const { pace, told } = make(20_000);
  pace.goawayReceived(pace.limits, "a", calm, "maxResetRatio: 500 of 500");
  pace.goawayReceived(pace.limits, "a", ErrorCode.NO_ERROR, "too_many_pings");
  const never = make(Number.POSITIVE_INFINITY);
  never.pace.goawayReceived(never.pace.limits, "a", calm, "too_many_pings");
  expect(pace.limits.keepaliveTimeMs).toBe(20_000);
  expect([...told, ...never.told]).toEqual([]);
});
