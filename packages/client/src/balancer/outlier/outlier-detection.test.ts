// outlier_detection: who is ejected, for how long, how many at most, and what its child sees of it.
import { describe, expect, it } from "vitest";
import { BalancerBench, endpointsOf } from "../../testing/balancer-bench.js";
import { createBalancerRegistry } from "../registry.js";
import type { OutlierConfig } from "./outlier-config.js";
import { createOutlierDetection } from "./outlier-detection.js";

const policy = createOutlierDetection(createBalancerRegistry());
const hosts = ["a", "b", "c", "d", "e"];
const failures = {
  maxEjectionPercent: 20,
  failurePercentageEjection: { requestVolume: 10 },
  childPolicy: [{ round_robin: {} }],
};

function readyBench(config: object = failures): BalancerBench<OutlierConfig> {
  const bench = new BalancerBench(policy, config);
  bench.update(...hosts);
  bench.connect(...hosts);
  return bench;
}

/** Calls, of which those to `bad` hosts fail; the hosts that were called. */
function call(bench: BalancerBench<OutlierConfig>, count: number, ...bad: string[]): Set<string> {
  const called = new Set<string>();
  for (let i = 0; i < count; i++) {
    const pick = bench.pick();
    if (pick.kind !== "use" || pick.subchannel.address.kind !== "tcp") {
      throw new Error(`not used: ${pick.kind}`);
    }
    const { host } = pick.subchannel.address;
    called.add(host);
    pick.observer?.started();
    pick.observer?.ended({ code: bad.includes(host) ? 14 : 0, trailers: undefined });
  }
  return called;
}

describe("outlier_detection", () => {
  it("ejects at the end of an interval, and readmits after a time that grows", () => {
    const bench = readyBench();
    call(bench, 50, "b");
    expect(call(bench, 5)).toEqual(new Set(hosts));
    bench.clock.advance(10_000);
    expect(call(bench, 50)).toEqual(new Set(["a", "c", "d", "e"]));
    expect(bench.at("b").state).toBe("READY");
    bench.clock.advance(20_000);
    expect(call(bench, 4).has("b")).toBe(false);
    bench.clock.advance(10_000);
    expect(call(bench, 50, "b")).toEqual(new Set(hosts));
    bench.clock.advance(10_000);
    bench.clock.advance(50_000);
    expect(call(bench, 4).has("b")).toBe(false);
    bench.clock.advance(10_000);
    expect(call(bench, 5).has("b")).toBe(true);
  });

  it("ejects no more than it is allowed to", () => {
    const bench = readyBench();
    call(bench, 50, "b", "c");
    bench.clock.advance(10_000);
    expect(call(bench, 20)).toEqual(new Set(["a", "c", "d", "e"]));
  });

  it("does not judge what had too few calls, nor too few endpoints", () => {
    const few = readyBench();
    call(few, 45, "b");
    few.clock.advance(10_000);
    expect(call(few, 20)).toEqual(new Set(hosts));
    const lonely = new BalancerBench(policy, failures);
    lonely.update("a", "b");
    lonely.connect("a", "b");
    call(lonely, 50, "b");
    lonely.clock.advance(10_000);
    expect(call(lonely, 20)).toEqual(new Set(["a", "b"]));
  });

  it("ejects by success rate who is far below the others", () => {
    const bench = readyBench({
      maxEjectionPercent: 50,
      successRateEjection: { requestVolume: 10, stdevFactor: 1500 },
      childPolicy: [{ round_robin: {} }],
    });
    call(bench, 100, "d");
    bench.clock.advance(10_000);
    expect(call(bench, 20)).toEqual(new Set(["a", "b", "c", "e"]));
  });

  it("leaves those alone whom the dice spare", () => {
    const bench = readyBench({
      ...failures,
      failurePercentageEjection: { requestVolume: 10, enforcementPercentage: 40 },
    });
    call(bench, 50, "b");
    bench.chance = [0.4];
    bench.clock.advance(10_000);
    expect(call(bench, 50, "b").has("b")).toBe(true);
    bench.chance = [0.39];
    bench.clock.advance(10_000);
    expect(call(bench, 20).has("b")).toBe(false);
  });

  it("remembers an ejection when the connection is made anew", () => {
    const bench = readyBench();
    call(bench, 50, "b");
    bench.clock.advance(10_000);
    bench.at("b").enter("IDLE");
    bench.connect("b");
    expect(call(bench, 20).has("b")).toBe(false);
    bench.clock.advance(30_000);
    expect(call(bench, 20).has("b")).toBe(true);
  });

  it("counts nothing without a rule, and readmits all when the rules go", () => {
    const bench = readyBench();
    call(bench, 50, "b");
    bench.clock.advance(10_000);
    const config = policy.parseConfig({ childPolicy: [{ round_robin: {} }] }, "x");
    bench.balancer.update({
      endpoints: hosts.map((host) => ({ addresses: [{ kind: "tcp", host, port: 1 }] })),
      config,
    });
    expect(bench.clock.pending).toEqual([]);
    expect(call(bench, 20)).toEqual(new Set(hosts));
  });

  it("forgets addresses that are no longer listed, and stops when closed", () => {
    const bench = readyBench();
    bench.update("a");
    bench.balancer.close();
    expect([bench.live, bench.clock.pending]).toEqual([[], []]);
  });

  it("has the defaults of gRFC A50", () => {
    const config = policy.parseConfig(
      { successRateEjection: {}, failurePercentageEjection: {}, childPolicy: [{ pick_first: {} }] },
      "x",
    );
    const rule = { enforcementPercentage: 100, minimumHosts: 5 };
    expect(config).toMatchObject({
      intervalMs: 10_000,
      baseEjectionMs: 30_000,
      maxEjectionMs: 300_000,
      maxEjectionPercent: 10,
      successRate: { ...rule, requestVolume: 100, stdevFactor: 1900 },
      failurePercentage: { ...rule, requestVolume: 50, threshold: 85 },
    });
  });

  it.each([
    [{}, "x.childPolicy is undefined; it must be a list of policies"],
    [{ interval: "-1s" }, 'x.interval is "-1s"; it must be seconds as text'],
    [{ maxEjectionPercent: 101 }, "x.maxEjectionPercent is 101; it must be a whole number from 0"],
    [{ failurePercentageEjection: { threshold: 200 } }, "x.failurePercentageEjection.threshold is"],
  ])("%j is refused: %s", (json, message) => {
    expect(() => policy.parseConfig(json, "x")).toThrow(message);
  });
});

describe("outlier_detection of endpoints with several addresses", () => {
  it("counts and ejects all addresses of an endpoint as one", () => {
    const bench = new BalancerBench(policy, failures);
    bench.update("a", "b1+b2", "c", "d", "e");
    bench.connect("a", "b1", "c", "d", "e");
    call(bench, 50, "b1");
    bench.at("b1").enter("IDLE");
    bench.at("b1").enter("TRANSIENT_FAILURE", "gone");
    bench.connect("b2");
    expect(call(bench, 5).has("b2")).toBe(true);
    bench.clock.advance(10_000);
    expect(call(bench, 20)).toEqual(new Set(["a", "c", "d", "e"]));
  });
});

describe("a change of the config of outlier_detection", () => {
  it("gives the present interval its new length, counted from its beginning", () => {
    const bench = readyBench();
    bench.clock.advance(4000);
    const endpoints = endpointsOf(...hosts);
    const reconfigure = (json: object): void =>
      bench.balancer.update({ endpoints, config: policy.parseConfig(json, "x") });
    reconfigure({ ...failures, interval: "6s" });
    expect(bench.clock.pending).toContain(2000);
    reconfigure({ ...failures, interval: "1s" });
    expect(bench.clock.pending).toContain(0);
    reconfigure({ childPolicy: failures.childPolicy });
    call(bench, 50, "b");
    reconfigure(failures);
    expect(bench.clock.pending).toContain(10_000);
    bench.clock.advance(10_000);
    expect(call(bench, 5)).toEqual(new Set(hosts));
  });

  it("begins to count calls although the child has nothing new to say", () => {
    const config = { ...failures, childPolicy: [{ pick_first: {} }] };
    const bench = new BalancerBench(policy, { childPolicy: config.childPolicy });
    bench.update("a");
    bench.balancer.exitIdle();
    bench.connect("a");
    const hasObserver = (): boolean => {
      const pick = bench.pick();
      return pick.kind === "use" && pick.observer !== undefined;
    };
    expect(hasObserver()).toBe(false);
    bench.balancer.update({ endpoints: endpointsOf("a"), config: policy.parseConfig(config, "x") });
    expect(hasObserver()).toBe(true);
  });
});
