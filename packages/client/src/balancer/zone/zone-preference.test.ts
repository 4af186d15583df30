// zone_preference: who gets the calls while the zone is well, while part of it fails, and when nobody there is left.
import { describe, expect, it } from "vitest";
import { BalancerBench, endpointsOf } from "../../testing/balancer-bench.js";
import { createBalancerRegistry } from "../registry.js";
import type { ZoneConfig } from "./zone-config.js";
import { createZonePreference } from "./zone-preference.js";

const registry = createBalancerRegistry();
const near = ["a1", "a2", "a3", "a4"];
const far = ["b1", "b2"];

/** Hosts whose names begin with a are in zone a, and so on. */
const inZones = (...hosts: string[]): ReturnType<typeof endpointsOf> =>
  endpointsOf(...hosts).map((endpoint, i) => ({ ...endpoint, zone: hosts[i]?.charAt(0) }));

function start(json: object = {}, zone: string | undefined = "a"): BalancerBench<ZoneConfig> {
  const bench = new BalancerBench(createZonePreference(registry, zone), json);
  bench.updateEndpoints(inZones(...near, ...far));
  return bench;
}

function fail(bench: BalancerBench<ZoneConfig>, ...hosts: string[]): void {
  for (const host of hosts) {
    const subchannel = bench.at(host);
    if (subchannel.state === "READY") subchannel.enter("IDLE", "lost");
    bench.at(host).enter("TRANSIENT_FAILURE", "refused");
  }
}

/** What of 1000 calls leaves the zone, percent. */
function farShare(bench: BalancerBench<ZoneConfig>): number {
  let drawn = 0;
  bench.random = () => (drawn++ % 1000) / 1000;
  const hosts = bench.picks(1000);
  return Math.round(hosts.filter((host) => host.startsWith("b")).length / 10);
}

describe("zone_preference", () => {
  it("connects to its own zone alone, and sends all calls there", () => {
    const bench = start();
    expect(bench.live).toEqual(near.map((host) => `${host}:1 CONNECTING`));
    bench.connect(...near);
    expect(new Set(bench.picks(40))).toEqual(new Set(near));
  });

  it.each([
    [{}, 1, 0],
    [{}, 2, 29],
    [{}, 3, 64],
    [{}, 4, 100],
    [{ minHealthyPercent: 50 }, 2, 0],
    [{ minHealthyPercent: 50 }, 3, 50],
    [{ minHealthyPercent: 100 }, 1, 25],
    [{ minHealthyPercent: 1 }, 3, 0],
  ])("%j: %d of 4 endpoints fail, %d %% of the calls leave the zone", (json, failing, share) => {
    const bench = start(json);
    bench.connect(...near);
    fail(bench, ...near.slice(0, failing));
    if (share > 0) bench.connect(...far);
    expect(farShare(bench)).toBe(share);
  });

  it("comes home as endpoints recover, and keeps connections elsewhere for 15 minutes", () => {
    const bench = start();
    bench.connect(...near);
    fail(bench, ...near);
    expect([bench.state, bench.pick().kind]).toEqual(["CONNECTING", "wait"]);
    bench.connect(...far);
    expect(farShare(bench)).toBe(100);
    for (const host of near.slice(0, 3)) {
      bench.at(host).enter("IDLE");
      bench.connect(host);
    }
    expect(farShare(bench)).toBe(0);
    bench.clock.advance(15 * 60_000 - 1);
    expect(bench.at("b1").state).toBe("READY");
    bench.clock.advance(1);
    expect(() => bench.at("b1")).toThrow("no subchannel of b1");
  });

  it("waits for its zone to connect, but not for more than 10 s", () => {
    const bench = start();
    bench.clock.advance(9999);
    expect(bench.live.length).toBe(4);
    bench.clock.advance(1);
    bench.connect(...far);
    expect([bench.state, farShare(bench)]).toEqual(["READY", 100]);
    bench.connect("a1");
    expect(farShare(bench)).toBe(0);
  });

  it("goes on in the zone while other zones are not connected yet", () => {
    const bench = start();
    bench.connect(...near);
    fail(bench, "a1", "a2", "a3");
    expect(bench.live).toContain("b1:1 CONNECTING");
    expect(new Set(bench.picks(10))).toEqual(new Set(["a4"]));
  });

  it("fails, naming all of them, when nobody is left anywhere", () => {
    const bench = start();
    fail(bench, ...near);
    fail(bench, ...far);
    const pick = bench.pick();
    expect([bench.state, pick.kind === "fail" && pick.error.message]).toEqual([
      "TRANSIENT_FAILURE",
      expect.stringContaining("none of 6 addresses can be reached: a1:1: refused;"),
    ]);
  });

  it.each<[string, object, string | undefined]>([
    ["no zone is known", {}, undefined],
    ["nobody is in the zone", {}, "c"],
    ["too few are in the zone", { minEndpoints: 5 }, "a"],
  ])("prefers nobody when %s", (_, json, zone) => {
    const bench = new BalancerBench(createZonePreference(registry, zone), json);
    bench.updateEndpoints(inZones(...near, ...far));
    bench.connect(...near, ...far);
    expect(new Set(bench.picks(60))).toEqual(new Set([...near, ...far]));
  });

  it("goes by the config's zone before the channel's", () => {
    const bench = start({ zone: "b" });
    expect(bench.live).toEqual(far.map((host) => `${host}:1 CONNECTING`));
  });

  it("has any policy as its child, and hears of endpoints through those in between", () => {
    const childPolicy = [
      { outlier_detection: { childPolicy: [{ least_request: {} }], interval: "5s" } },
    ];
    const bench = start({ childPolicy });
    bench.connect(...near);
    fail(bench, "a1", "a2");
    bench.connect(...far);
    expect(farShare(bench)).toBeGreaterThan(0);
    const single = start({ childPolicy: [{ pick_first: {} }] });
    single.balancer.exitIdle();
    fail(single, ...near);
    expect(single.live.slice(-2)).toEqual(["b1:1 CONNECTING", "b2:1 IDLE"]);
  });

  it("leaves nothing behind", () => {
    const bench = start();
    fail(bench, ...near);
    bench.connect(...far);
    bench.balancer.close();
    expect([bench.live, bench.clock.pending]).toEqual([[], []]);
  });

  it.each([
    [{ minHealthyPercent: 101 }, "x.minHealthyPercent is 101; it must be a whole number from 1 to"],
    [{ minEndpoints: 0 }, "x.minEndpoints is 0; it must be a whole number from 1"],
    [{ zone: 5 }, "x.zone is 5; it must be a string"],
    [{ childPolicy: [{ nope: {} }] }, "x.childPolicy names nope; known are"],
  ])("%j is refused: %s", (json, message) => {
    const policy = createZonePreference(registry, undefined);
    expect(() => policy.parseConfig(json, "x")).toThrow(message);
  });
});
