// pick_first against scripted subchannels: order, races, stickiness, failure texts, new addresses.
import { describe, expect, it } from "vitest";
import { BalancerBench, endpointsOf } from "../../testing/balancer-bench.js";
import { pickFirst } from "./pick-first.js";

describe("pick_first", () => {
  it("stays IDLE until the first pick", () => {
    const bench = new BalancerBench(pickFirst);
    bench.update("a", "b");
    expect([bench.state, bench.made.length]).toEqual(["IDLE", 0]);
    expect(bench.pick().kind).toBe("wait");
    expect(bench.live).toEqual(["a:1 CONNECTING", "b:1 IDLE"]);
    expect(bench.pick().kind).toBe("wait");
  });

  it("tries the addresses in order, and releases the others once one is READY", () => {
    const bench = new BalancerBench(pickFirst);
    bench.update("a", "b", "c");
    bench.pick();
    bench.made[0]!.enter("TRANSIENT_FAILURE", "refused");
    expect(bench.live).toEqual(["a:1 TRANSIENT_FAILURE", "b:1 CONNECTING", "c:1 IDLE"]);
    expect(bench.state).toBe("CONNECTING");
    bench.made[1]!.enter("READY");
    expect(bench.live).toEqual(["b:1 READY"]);
    expect(bench.pick()).toEqual({ kind: "use", subchannel: bench.made[1] });
    expect(bench.pick()).toBe(bench.pick());
  });

  it("fails calls once all have failed, says why, and keeps trying by itself", () => {
    const bench = new BalancerBench(pickFirst);
    bench.update("a", "b");
    bench.pick();
    bench.made[0]!.enter("TRANSIENT_FAILURE", "connect ECONNREFUSED a:1");
    bench.made[1]!.enter("TRANSIENT_FAILURE", "connect ETIMEDOUT b:1");
    expect([bench.state, bench.resolutions]).toEqual(["TRANSIENT_FAILURE", 1]);
    const pick = bench.pick();
    expect(pick.kind === "fail" && pick.error.message).toBe(
      'no connection to "dns:///users": TRANSIENT_FAILURE for 0.00 s, none of 2 addresses can be reached: connect ECONNREFUSED a:1; connect ETIMEDOUT b:1; next attempt in 0.50 s',
    );
    bench.made[0]!.enter("IDLE");
    expect(bench.made[0]!.state).toBe("CONNECTING");
    expect(bench.pick().kind).toBe("fail");
    bench.made[0]!.enter("READY");
    expect(bench.pick().kind).toBe("use");
  });

  it("is IDLE after the loss of the connection, asks for addresses, and connects with the next pick", () => {
    const bench = new BalancerBench(pickFirst);
    bench.update("a");
    bench.pick();
    bench.made[0]!.enter("READY");
    bench.made[0]!.enter("IDLE");
    expect([bench.state, bench.resolutions]).toEqual(["IDLE", 1]);
    bench.pick();
    expect(bench.live).toEqual(["a:1 CONNECTING"]);
  });

  it("keeps its connection as long as its address is listed", () => {
    const bench = new BalancerBench(pickFirst);
    bench.update("a", "b");
    bench.pick();
    bench.made[0]!.enter("READY");
    bench.update("c", "a");
    expect(bench.live).toEqual(["a:1 READY"]);
    bench.update("c");
    expect(bench.live).toEqual(["c:1 CONNECTING"]);
  });

  it("does not begin anew when the same addresses come in another order", () => {
    const bench = new BalancerBench(pickFirst);
    bench.update("a", "b");
    bench.pick();
    bench.update("b", "a");
    expect(bench.live).toEqual(["a:1 CONNECTING", "b:1 IDLE"]);
  });

  it("tries new addresses at once while it fails", () => {
    const bench = new BalancerBench(pickFirst);
    bench.update("a");
    bench.pick();
    bench.made[0]!.enter("TRANSIENT_FAILURE", "refused");
    bench.update("d");
    expect(bench.live).toEqual(["d:1 CONNECTING"]);
  });

  it("is silent once closed", () => {
    const bench = new BalancerBench(pickFirst);
    bench.update("a");
    bench.pick();
    bench.balancer.close();
    expect(bench.live).toEqual([]);
    bench.balancer.exitIdle();
    expect(bench.live).toEqual([]);
  });

  it("tries the next address beside one that is slow, and takes whichever is first (gRFC A61)", () => {
    const bench = new BalancerBench(pickFirst);
    bench.update("a", "b", "c");
    bench.pick();
    bench.clock.advance(249);
    expect(bench.live).toEqual(["a:1 CONNECTING", "b:1 IDLE", "c:1 IDLE"]);
    bench.clock.advance(1);
    expect(bench.live).toEqual(["a:1 CONNECTING", "b:1 CONNECTING", "c:1 IDLE"]);
    bench.at("a").enter("TRANSIENT_FAILURE", "refused");
    expect(bench.at("c").state).toBe("IDLE");
    bench.connect("b");
    expect(bench.live).toEqual(["b:1 READY"]);
    expect(bench.clock.pending).toEqual([]);
  });

  it("fails only once the slowest attempt has failed", () => {
    const bench = new BalancerBench(pickFirst);
    bench.update("a", "b");
    bench.pick();
    bench.clock.advance(250);
    bench.at("b").enter("TRANSIENT_FAILURE", "refused");
    expect([bench.state, bench.pick().kind]).toEqual(["CONNECTING", "wait"]);
    bench.at("b").enter("IDLE");
    bench.at("a").enter("TRANSIENT_FAILURE", "timed out");
    expect([bench.state, bench.pick().kind, bench.resolutions]).toEqual([
      "TRANSIENT_FAILURE",
      "fail",
      1,
    ]);
    expect(bench.at("b").state).toBe("CONNECTING");
  });

  it("asks for addresses each time as many attempts have failed as there are addresses", () => {
    const bench = new BalancerBench(pickFirst);
    bench.update("a", "b");
    bench.pick();
    for (let round = 1; round <= 3; round++) {
      for (const host of ["a", "b"]) {
        bench.at(host).enter("TRANSIENT_FAILURE", "refused");
      }
      expect(bench.resolutions).toBe(round);
      for (const host of ["a", "b"]) {
        bench.at(host).enter("IDLE");
      }
    }
  });

  it("takes the families in turn, and each address once", () => {
    const bench = new BalancerBench(pickFirst);
    bench.update("::1", "::2", "::3", "10.0.0.1", "::1", "10.0.0.2");
    bench.pick();
    expect(bench.made.map(({ address }) => address.kind === "tcp" && address.host)).toEqual([
      "::1",
      "10.0.0.1",
      "::2",
      "10.0.0.2",
      "::3",
    ]);
  });

  it("shuffles when asked to: of two addresses either may come first (D7)", () => {
    const firsts = [0.1, 0.9].map((second) => {
      const bench = new BalancerBench(pickFirst, { shuffleAddressList: true });
      bench.chance = [0.5, second];
      bench.update("a", "b");
      bench.pick();
      return bench.live[0];
    });
    expect(firsts).toEqual(["b:1 CONNECTING", "a:1 CONNECTING"]);
  });

  it("shuffles by weight (gRFC A113)", () => {
    const counts = { heavy: 0, light: 0 };
    let seed = 1;
    for (let i = 0; i < 3000; i++) {
      const bench = new BalancerBench(pickFirst, { shuffleAddressList: true });
      // A linear congruential generator: the same sequence in each run.
      bench.random = () => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed / 2_147_483_647;
      };
      const [heavy, light] = endpointsOf("heavy", "light");
      bench.updateEndpoints([
        { ...light!, weight: 1 },
        { ...heavy!, weight: 3 },
      ]);
      bench.pick();
      counts[bench.live[0]!.startsWith("heavy") ? "heavy" : "light"]++;
    }
    expect(counts.heavy / 3000).toBeGreaterThan(0.72);
    expect(counts.heavy / 3000).toBeLessThan(0.78);
  });

  it("refuses a config of the wrong type, naming it", () => {
    expect(() => pickFirst.parseConfig({ shuffleAddressList: "yes" }, "x[0].pick_first")).toThrow(
      'x[0].pick_first.shuffleAddressList is "yes"; it must be true or false',
    );
    expect(() => pickFirst.parseConfig([], "x")).toThrow("x is []; it must be an object");
  });

  it("fails calls when there are no addresses", () => {
    const bench = new BalancerBench(pickFirst);
    bench.update("a");
    bench.pick();
    bench.update();
    expect([bench.state, bench.live, bench.resolutions]).toEqual(["TRANSIENT_FAILURE", [], 1]);
    expect(bench.pick()).toMatchObject({
      kind: "fail",
      error: { message: 'no connection to "dns:///users": the resolver found no addresses' },
    });
  });
});
