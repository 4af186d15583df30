// random_subsetting: how many, which ones, how even, and how little changes.
import { describe, expect, it } from "vitest";
import { BalancerBench, endpointsOf } from "../../testing/balancer-bench.js";
import { createBalancerRegistry } from "../registry.js";
import { chooseSubset, createRandomSubsetting } from "./random-subsetting.js";

const hosts = Array.from({ length: 20 }, (_, i) => `host${i}`);
const policy = createRandomSubsetting(createBalancerRegistry());
const config = { subsetSize: 3, childPolicy: [{ round_robin: {} }] };

describe("random_subsetting", () => {
  it("uses as many endpoints as it is told, and the same ones again", () => {
    const bench = new BalancerBench(policy, config);
    bench.chance = [0.42];
    bench.update(...hosts);
    const chosen = bench.live;
    expect(chosen.length).toBe(3);
    bench.update(...hosts.toReversed());
    expect(bench.live).toEqual(chosen);
  });

  it("uses all when there are no more", () => {
    const bench = new BalancerBench(policy, config);
    bench.update("a", "b");
    expect(bench.live.length).toBe(2);
  });

  it("replaces no more than what has gone", () => {
    const endpoints = endpointsOf(...hosts);
    const before = chooseSubset(endpoints, 5, 7n);
    const after = chooseSubset(
      endpoints.filter((endpoint) => endpoint !== before[0]),
      5,
      7n,
    );
    expect(after.filter((endpoint) => before.includes(endpoint)).length).toBe(4);
  });

  it("spreads many clients evenly over the servers", () => {
    const endpoints = endpointsOf(...hosts);
    const counts = new Map(endpoints.map((endpoint) => [endpoint, 0]));
    for (let client = 0; client < 1000; client++) {
      for (const endpoint of chooseSubset(endpoints, 4, BigInt(client * 7919))) {
        counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
      }
    }
    for (const count of counts.values()) {
      expect(count).toBeGreaterThan(150);
      expect(count).toBeLessThan(250);
    }
  });

  it.each([
    [{ childPolicy: [{ round_robin: {} }] }, "x.subsetSize is missing; it must be a whole number"],
    [{ subsetSize: 0 }, "x.subsetSize is 0; it must be a whole number from 1"],
    [{ subsetSize: 2 }, "x.childPolicy is undefined; it must be a list of policies"],
  ])("%j is refused: %s", (json, message) => {
    expect(() => policy.parseConfig(json, "x")).toThrow(message);
  });
});
