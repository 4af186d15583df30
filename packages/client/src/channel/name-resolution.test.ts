// When a channel's resolver is asked: at requests, after failures, when answers have run out.
import { silentLog } from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import { describe, expect, it } from "vitest";
import type { Resolver, ResolverListener } from "../resolver/resolver.js";
import { Backoff } from "../subchannel/backoff.js";
import { NameResolution } from "./name-resolution.js";

function start(options: Partial<Resolver> = {}) {
  const clock = new FakeClock(1_000_000);
  const asked: number[] = [];
  let listener: ResolverListener | undefined;
  const factory = {
    defaultAuthority: () => "x",
    createResolver: (_target: unknown, own: ResolverListener): Resolver => {
      listener = own;
      return {
        resolve: () => void asked.push(clock.now() - 1_000_000),
        close: () => {},
        ...options,
      };
    },
  };
  const heard: unknown[] = [];
  const resolution = new NameResolution(
    { text: "x", scheme: "test", authority: "", endpoint: "x" },
    factory,
    { clock, log: silentLog },
    new Backoff({ jitter: 0 }),
    { resolved: (news) => void heard.push(news), failed: (error) => void heard.push(error) },
  );
  return { clock, asked, resolution, heard, listener: listener as unknown as ResolverListener };
}

const found = { endpoints: [] };

describe("requests", () => {
  it.each([
    [undefined, 5000],
    [30_000, 30_000],
    [0, 0],
  ])("with a least interval of %s ms: the second one after %s ms", (minIntervalMs, expected) => {
    const { clock, asked, resolution, listener } = start({ minIntervalMs });
    resolution.request();
    listener.resolved(found);
    resolution.request();
    resolution.request();
    clock.advance(100_000);
    expect([...new Set(asked)]).toEqual([...new Set([0, expected])]);
    resolution.request();
    expect(asked.at(-1)).toBe(100_000);
  });

  it("need not wait for the end of a long time to live", () => {
    const { clock, asked, resolution, listener } = start({ minIntervalMs: 30_000 });
    resolution.request();
    listener.resolved({ ...found, ttlMs: 3_600_000 });
    clock.advance(40_000);
    resolution.request();
    expect(asked).toEqual([0, 40_000]);
    expect(clock.pending).toEqual([]);
  });
});

describe("answers with a time to live", () => {
  it("are asked for again and again", () => {
    const { clock, asked, resolution, listener } = start();
    resolution.request();
    for (let i = 0; i < 3; i++) {
      listener.resolved({ ...found, ttlMs: 7000 });
      clock.advance(7000);
    }
    expect(asked).toEqual([0, 7000, 14_000, 21_000]);
  });

  it("of less than a second wait for a second", () => {
    const { clock, asked, resolution, listener } = start();
    resolution.request();
    listener.resolved({ ...found, ttlMs: 0 });
    expect(clock.pending).toEqual([1000]);
    clock.advance(1000);
    expect(asked).toEqual([0, 1000]);
  });
});

describe("failures", () => {
  it("are repeated by the backoff, whoever asks meanwhile", () => {
    const { clock, asked, resolution, listener } = start();
    resolution.request();
    listener.failed(new Error("no"));
    resolution.request();
    expect(clock.pending).toEqual([1000]);
    clock.advance(1000);
    listener.failed(new Error("no"));
    resolution.request();
    expect(clock.pending).toEqual([1600]);
    clock.advance(1600);
    expect(asked).toEqual([0, 1000, 2600]);
  });

  it("end when a watched source comes back by itself", () => {
    const { clock, resolution, listener, heard } = start();
    resolution.request();
    listener.failed(new Error("no"));
    listener.resolved(found);
    expect(clock.pending).toEqual([]);
    expect(heard).toEqual([new Error("no"), found]);
  });
});

it("nothing happens after the end", () => {
  const { clock, asked, resolution, listener } = start();
  resolution.request();
  listener.resolved({ ...found, ttlMs: 1000 });
  resolution.close();
  listener.resolved({ ...found, ttlMs: 1000 });
  listener.failed(new Error("no"));
  clock.advance(100_000);
  expect(asked).toEqual([0]);
});
