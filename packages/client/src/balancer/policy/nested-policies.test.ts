// Policies with named children: who serves, when the next one is tried, what is kept, configs.
import { describe, expect, it } from "vitest";
import type { Endpoint } from "../../resolver/endpoint.js";
import { BalancerBench, endpointsOf } from "../../testing/balancer-bench.js";
import { createBalancerRegistry } from "../registry.js";
import { createPriority, type PriorityConfig } from "./priority.js";
import { createWeightedTarget } from "./weighted-target.js";

const registry = createBalancerRegistry();
const roundRobin = [{ round_robin: {} }];

/** `{ near: ["a"], far: ["b"] }` as endpoints. */
function grouped(groups: Readonly<Record<string, readonly string[]>>): Endpoint[] {
  return Object.entries(groups).flatMap(([name, hosts]) =>
    endpointsOf(...hosts).map((endpoint) => ({ ...endpoint, path: [name] })),
  );
}

function priorityBench(): BalancerBench<PriorityConfig> {
  const bench = new BalancerBench(createPriority(registry), {
    children: { near: { config: roundRobin }, far: { config: roundRobin } },
    priorities: ["near", "far"],
  });
  bench.updateEndpoints(grouped({ near: ["a"], far: ["b"] }));
  return bench;
}

describe("priority", () => {
  it("connects the first child alone, and serves with it", () => {
    const bench = priorityBench();
    expect(bench.live).toEqual(["a:1 CONNECTING"]);
    bench.connect("a");
    expect([bench.state, ...bench.picks(2)]).toEqual(["READY", "a", "a"]);
  });

  it("tries the next child when the first one fails, and goes back when it recovers", () => {
    const bench = priorityBench();
    bench.at("a").enter("TRANSIENT_FAILURE", "refused");
    expect(bench.live).toEqual(["a:1 TRANSIENT_FAILURE", "b:1 CONNECTING"]);
    bench.connect("b");
    expect([bench.state, ...bench.picks(1)]).toEqual(["READY", "b"]);
    bench.at("a").enter("IDLE");
    bench.connect("a");
    expect(bench.picks(1)).toEqual(["a"]);
    expect(bench.at("b").state).toBe("READY");
    bench.clock.advance(15 * 60_000);
    expect(bench.live).toEqual(["a:1 READY"]);
  });

  it("tries the next child when the first one takes longer than 10 s", () => {
    const bench = priorityBench();
    bench.clock.advance(9999);
    expect(bench.live.length).toBe(1);
    bench.clock.advance(1);
    bench.connect("b");
    expect(bench.picks(1)).toEqual(["b"]);
    bench.connect("a");
    expect(bench.picks(1)).toEqual(["a"]);
  });

  it("gives a child that worked 10 s to come back before the next one is tried", () => {
    const bench = priorityBench();
    bench.connect("a");
    bench.at("a").enter("IDLE");
    expect([bench.state, bench.live]).toEqual(["CONNECTING", ["a:1 CONNECTING"]]);
    bench.clock.advance(10_000);
    expect(bench.live).toEqual(["a:1 CONNECTING", "b:1 CONNECTING"]);
  });

  it("keeps a child that is back before its time is over", () => {
    const bench = priorityBench();
    bench.at("a").enter("TRANSIENT_FAILURE", "refused");
    bench.connect("b");
    const b = bench.at("b");
    bench.at("a").enter("IDLE");
    bench.connect("a");
    bench.clock.advance(60_000);
    bench.at("a").enter("IDLE");
    bench.at("a").enter("TRANSIENT_FAILURE", "refused");
    bench.clock.advance(15 * 60_000);
    expect([bench.at("b"), ...bench.picks(1)]).toEqual([b, "b"]);
  });

  it.each([true, false])(
    "hands on that addresses may be out of date, unless ignored: %s",
    (ignore) => {
      const config = [{ round_robin: {} }];
      const bench = new BalancerBench(createPriority(registry), {
        children: { near: { config, ignoreReresolutionRequests: ignore } },
        priorities: ["near"],
      });
      bench.updateEndpoints(endpointsOf("a").map((endpoint) => ({ ...endpoint, path: ["near"] })));
      bench.at("a").enter("TRANSIENT_FAILURE", "refused");
      expect(bench.resolutions).toBe(ignore ? 0 : 1);
    },
  );

  it("fails when all children do, and when there are none", () => {
    const bench = priorityBench();
    bench.at("a").enter("TRANSIENT_FAILURE", "refused");
    bench.at("b").enter("TRANSIENT_FAILURE", "refused");
    expect([bench.state, bench.pick().kind]).toEqual(["TRANSIENT_FAILURE", "fail"]);
    const empty = new BalancerBench(createPriority(registry), { children: {}, priorities: [] });
    empty.update("a");
    expect([empty.state, empty.pick().kind]).toEqual(["TRANSIENT_FAILURE", "fail"]);
  });

  it.each([
    [{}, "x.children is missing; it must be an object of children"],
    [{ children: { a: {} } }, "x.children.a.config is undefined; it must be a list of policies"],
    [{ children: {}, priorities: ["a"] }, 'x.priorities is ["a"]; it must be a list of names'],
  ])("%j is refused: %s", (json, message) => {
    expect(() => createPriority(registry).parseConfig(json, "x")).toThrow(message);
  });
});

describe("weighted_target", () => {
  const policy = createWeightedTarget(registry);
  const config = (light: number, heavy: number): unknown => ({
    targets: {
      light: { weight: light, childPolicy: roundRobin },
      heavy: { weight: heavy, childPolicy: roundRobin },
    },
  });

  it("splits calls by weight", () => {
    const bench = new BalancerBench(policy, config(1, 3));
    bench.updateEndpoints(grouped({ light: ["a"], heavy: ["b", "c"] }));
    bench.connect("a", "b", "c");
    bench.chance = [0, 0.24, 0.25, 0.5, 0.999];
    expect(bench.picks(5)).toEqual(["a", "a", "b", "c", "b"]);
  });

  it("leaves out what is not READY", () => {
    const bench = new BalancerBench(policy, config(1, 1));
    bench.updateEndpoints(grouped({ light: ["a"], heavy: ["b"] }));
    bench.connect("b");
    bench.chance = [0];
    expect(bench.picks(2)).toEqual(["b", "b"]);
    bench.updateEndpoints(grouped({ light: ["a"] }));
    expect(bench.live).toEqual(["a:1 CONNECTING"]);
    bench.balancer.close();
    expect(bench.live).toEqual([]);
  });

  it.each([
    [{}, "x.targets is missing; it must be an object of targets"],
    [{ targets: { a: {} } }, "x.targets.a.weight is missing; it must be a whole number from 1"],
    [{ targets: { a: { weight: 1 } } }, "x.targets.a.childPolicy is undefined; it must be a list"],
  ])("%j is refused: %s", (json, message) => {
    expect(() => policy.parseConfig(json, "x")).toThrow(message);
  });
});
