// Tables of loadBalancingConfig lists, good and bad, and changes from one policy to another.
import { describe, expect, it } from "vitest";
import { BalancerBench, endpointsOf } from "../testing/balancer-bench.js";
import type { BalancerPolicy } from "./balancer.js";
import { type ChosenPolicy, choosePolicy } from "./choose-policy.js";
import { GracefulSwitch } from "./graceful-switch.js";
import { createBalancerRegistry } from "./registry.js";

const registry = createBalancerRegistry();

describe("loadBalancingConfig", () => {
  it.each([
    [[{ round_robin: {} }], "round_robin"],
    [[{ pick_first: { shuffleAddressList: true } }], "pick_first"],
    [[{ weighted_round_robin: {} }], "weighted_round_robin"],
    [[{ least_request: {} }], "least_request_experimental"],
    [[{ ring_hash_experimental: {} }], "ring_hash_experimental"],
    [[{ unheard_of: { a: 1 } }, { round_robin: {} }, { pick_first: {} }], "round_robin"],
  ])("%j chooses %s", (list, name) => {
    expect(choosePolicy(list, "lb", registry).policy.name).toBe(name);
  });

  it.each([
    [{}, "lb is {}; it must be a list of policies"],
    [[], "lb names no policy; known are pick_first, round_robin"],
    [[{ x: {} }, { y: {} }], "lb names x, y; known are pick_first, round_robin"],
    [["round_robin"], 'lb[0] is "round_robin"; it must be an object'],
    [[{ a: {}, b: {} }], "lb[0] has 2 fields; it must have exactly one"],
    [[{ x: {} }, { round_robin: 5 }], "lb[1].round_robin is 5; it must be an object"],
    [
      [{ pick_first: { shuffleAddressList: 1 } }],
      "lb[0].pick_first.shuffleAddressList is 1; it must be true or false",
    ],
  ])("%j is refused: %s", (list, message) => {
    expect(() => choosePolicy(list, "lb", registry)).toThrow(message);
  });
});

describe("a change of policy", () => {
  const choose = (name: string): ChosenPolicy => choosePolicy([{ [name]: {} }], "lb", registry);
  const policy: BalancerPolicy<undefined> = {
    name: "switch",
    parseConfig: () => undefined,
    create: (host) => {
      const graceful = new GracefulSwitch(host);
      return {
        update: ({ endpoints }) => graceful.update(endpoints, choose(chosen)),
        exitIdle: () => graceful.exitIdle(),
        close: () => graceful.close(),
      };
    },
  };
  let chosen = "pick_first";

  it("leaves the old one serving until the new one is READY", () => {
    chosen = "pick_first";
    const bench = new BalancerBench(policy);
    bench.update("a", "b");
    bench.pick();
    bench.connect("a");
    const [old] = bench.made;
    chosen = "round_robin";
    bench.update("a", "b");
    expect([old?.state, ...bench.picks(2)]).toEqual(["READY", "a", "a"]);
    bench.connect("b");
    expect([old?.state, ...bench.picks(2)]).toEqual(["SHUTDOWN", "b", "b"]);
  });

  it("takes the new one at once when the old one serves nobody", () => {
    chosen = "pick_first";
    const bench = new BalancerBench(policy);
    bench.update("a");
    chosen = "round_robin";
    bench.update("a");
    expect([bench.state, bench.live]).toEqual(["CONNECTING", ["a:1 CONNECTING"]]);
    chosen = "pick_first";
    bench.updateEndpoints(endpointsOf("b"));
    expect([bench.state, bench.live]).toEqual(["IDLE", []]);
    bench.balancer.exitIdle();
    expect(bench.live).toEqual(["b:1 CONNECTING"]);
    bench.balancer.close();
    expect(bench.live).toEqual([]);
  });
});
