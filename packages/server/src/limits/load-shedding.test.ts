// Load shedding: which delays count, how the share of refused calls rises and falls, who is refused first and who never.
import {
  type Call,
  Code,
  createGenericMethod,
  type Next,
  RetryInfoSchema,
  UsageError,
} from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import { describe, expect, it } from "vitest";
import { createHandlerContext } from "../testing/handler-context.js";
import { type LoadShedding, type LoadSheddingOptions, shedLoad } from "./load-shedding.js";
import { OverloadGauge } from "./overload-gauge.js";

describe("the gauge", () => {
  const gaugeAfter = (delays: readonly number[]): OverloadGauge => {
    const gauge = new OverloadGauge({ targetDelayMs: 20, intervalMs: 100 });
    let nowMs = 0;
    for (const delayMs of delays) {
      nowMs += 20 + delayMs;
      gauge.measured(delayMs, nowMs);
    }
    return gauge;
  };

  it("does not mind good delays, one long pause, or bad ones with a good one among them", () => {
    expect(gaugeAfter([0, 20, 19, 5, 20, 20, 20, 20]).share).toBe(0);
    expect(gaugeAfter([0, 5000, 3, 0]).share).toBe(0);
    expect(gaugeAfter([50, 50, 5, 50, 50, 5, 50, 50]).share).toBe(0);
  });

  it("refuses more the longer it lasts and the worse it is, but never all", () => {
    const some = gaugeAfter([30, 30, 30, 30]).share;
    expect(some).toBeGreaterThan(0);
    expect(gaugeAfter(new Array(8).fill(30)).share).toBeGreaterThan(some);
    expect(gaugeAfter(new Array(8).fill(60)).share).toBeGreaterThan(
      gaugeAfter(new Array(8).fill(30)).share,
    );
    expect(gaugeAfter(new Array(100).fill(1000)).share).toBe(0.95);
  });

  it("forgets within half a second", () => {
    const delays = new Array(100).fill(1000).concat(new Array(30).fill(0));
    expect(gaugeAfter(delays).share).toBe(0);
  });
});

/** A clock whose timers are as late as the test says. */
class LateClock extends FakeClock {
  lateMs = 0;

  override setTimer(ms: number, wake: () => void): ReturnType<FakeClock["setTimer"]> {
    return super.setTimer(ms + this.lateMs, wake);
  }
}

const paths = ["/a.A/Usual", "/a.A/Report", "/grpc.health.v1.Health/Check"] as const;
const methods = paths.map((path) => createGenericMethod(path, "unary"));

function open(options: LoadSheddingOptions = {}): { clock: LateClock; shedding: LoadShedding } {
  const clock = new LateClock();
  return { clock, shedding: shedLoad({ clock, sheddable: [paths[1]], ...options }) };
}

/** How many of so many calls of each method are refused. */
async function refusedOf(count: number, shedding: LoadShedding): Promise<number[]> {
  const next: Next = (call: Call) => Promise.resolve({ message: call.method.name } as never);
  const refused = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    for (const [at, method] of methods.entries()) {
      await shedding(createHandlerContext({ method }), next).catch(() => refused[at]!++);
    }
  }
  return refused;
}

/** So much load, for so many measurements. */
async function load(clock: LateClock, shedding: LoadShedding, lateMs: number, times: number) {
  clock.lateMs = lateMs;
  for (let i = 0; i < times; i++) {
    await refusedOf(1, shedding);
    clock.advance(20 + lateMs);
  }
}

describe("load shedding", () => {
  it("refuses nobody while all is well", async () => {
    const { clock, shedding } = open();
    await load(clock, shedding, 15, 50);
    expect(await refusedOf(100, shedding)).toEqual([0, 0, 0]);
    expect(shedding.figures()).toEqual({ delayMs: 14, refusedShare: 0, refused: 0 });
  });

  it("refuses the less important first, health never, and stops when it is over", async () => {
    const seen: string[] = [];
    const { clock, shedding } = open({
      onRefused: ({ call, limit, isShadow }) =>
        void seen.push(`${call.method.name} ${limit} ${isShadow}`),
    });
    await load(clock, shedding, 41, 5);
    const { refusedShare } = shedding.figures();
    const [usual, report, health] = await refusedOf(400, shedding);
    expect(refusedShare).toBeGreaterThan(0);
    expect(refusedShare).toBeLessThan(0.5);
    expect((usual! + report!) / 400).toBeCloseTo(refusedShare + Math.min(1, 4 * refusedShare), 1);
    expect(report).toBeGreaterThan(2 * usual!);
    expect(health).toBe(0);
    expect(seen).toContain("Report load shedding false");
    expect(shedding.figures().refused).toBe(seen.length);
    await load(clock, shedding, 0, 40);
    expect(await refusedOf(100, shedding)).toEqual([0, 0, 0]);
  });

  it("says what is wrong, and when to try again", async () => {
    const { clock, shedding } = open();
    await load(clock, shedding, 1000, 20);
    let error: unknown;
    for (let i = 0; i < 3; i++) {
      await shedding(
        createHandlerContext({ method: methods[1]! }),
        async () => ({}) as never,
      ).catch((reason) => {
        error = reason;
      });
    }
    expect(error).toMatchObject({
      code: Code.UNAVAILABLE,
      message:
        "the server is overloaded: its event loop is 999 ms late (up to 20 ms is good), and 95 % of calls are refused",
    });
    const [retry] = (error as { findDetails: (schema: unknown) => unknown[] }).findDetails(
      RetryInfoSchema,
    );
    expect(retry).toMatchObject({ retryDelay: { seconds: 0n, nanos: 200_000_000 } });
  });

  it("lets nothing run while no calls come", async () => {
    const { clock, shedding } = open();
    const armed: number[] = [];
    const setTimer = clock.setTimer.bind(clock);
    clock.setTimer = (ms, wake) => {
      armed.push(ms);
      return setTimer(ms, wake);
    };
    expect(armed).toEqual([]);
    await refusedOf(3, shedding);
    expect(armed).toEqual([20]);
    clock.advance(20);
    clock.advance(20);
    clock.advance(1000);
    expect(armed).toEqual([20, 20]);
    await refusedOf(3, shedding);
    expect(armed).toEqual([20, 20, 20]);
  });

  it.each([
    { targetDelayMs: 0 },
    { intervalMs: -1 },
    { critical: ["Check"] },
    { onRefused: 1 as never },
  ])("%j cannot be", (options) => expect(() => shedLoad(options)).toThrow(UsageError));
});
