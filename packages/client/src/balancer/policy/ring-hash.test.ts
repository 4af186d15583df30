// ring_hash: places on the ring, who serves which hash, laziness, failures, configs.
import { Metadata } from "@trunkline/core";
import { describe, expect, it } from "vitest";
import { BalancerBench, endpointsOf } from "../../testing/balancer-bench.js";
import type { PickedCall } from "../balancer.js";
import { HashRing } from "./hash-ring.js";
import { type RingHashConfig, ringHash } from "./ring-hash.js";

function callOf(user: string): PickedCall {
  return { path: "/a.B/C", metadata: new Metadata({ user }) };
}

function bench(...hosts: string[]): BalancerBench<RingHashConfig> {
  const made = new BalancerBench(ringHash, { requestHashHeader: "User" });
  made.update(...hosts);
  return made;
}

/** Calls until each host has been asked to connect, connecting at once. */
function connectAll(on: BalancerBench<RingHashConfig>, users: readonly string[]): void {
  for (const user of users) {
    while (on.pick(callOf(user)).kind === "wait") {
      on.made.find(({ state }) => state === "CONNECTING")?.enter("READY");
    }
  }
}

function places<T>(ring: HashRing<T>): T[] {
  return Array.from({ length: ring.size }, (_, i) => ring.at(i));
}

const users = Array.from({ length: 200 }, (_, i) => `user ${i}`);

describe("ring_hash", () => {
  it("connects only when a call needs it, and only where the call goes", () => {
    const on = bench("a", "b", "c");
    expect([on.state, on.live.length]).toEqual(["IDLE", 0]);
    expect(on.pick(callOf("x")).kind).toBe("wait");
    expect(on.live.length).toBe(1);
  });

  it("sends the same hash to the same endpoint, and spreads the others", () => {
    const on = bench("a", "b", "c");
    connectAll(on, users);
    const first = users.map((user) => on.picks(1, callOf(user))[0]);
    expect(users.map((user) => on.picks(1, callOf(user))[0])).toEqual(first);
    for (const host of ["a", "b", "c"]) {
      expect(first.filter((chosen) => chosen === host).length).toBeGreaterThan(40);
    }
  });

  it("moves little but what was where an endpoint has gone", () => {
    const on = bench("a", "b", "c");
    connectAll(on, users);
    const before = users.map((user) => on.picks(1, callOf(user))[0]);
    on.update("a", "b");
    const after = users.map((user) => on.picks(1, callOf(user))[0]);
    expect(after).not.toContain("c");
    // Two endpoints have more places each than three had, so that a few calls move between them.
    const moved = before.filter((host, i) => host !== "c" && host !== after[i]);
    expect(moved.length).toBeLessThan(30);
  });

  it("goes on to the next endpoint while one fails", () => {
    const on = bench("a", "b");
    on.pick(callOf("x"));
    const failing = on.made[0];
    failing?.enter("TRANSIENT_FAILURE", "refused");
    expect(on.state).toBe("CONNECTING");
    const other = on.made.find((made) => made !== failing);
    expect(other?.state).toBe("CONNECTING");
    other?.enter("READY");
    expect([on.state, on.pick(callOf("x")).kind]).toEqual(["READY", "use"]);
  });

  it("fails when two endpoints fail and the rest cannot be reached either", () => {
    const on = bench("a", "b");
    on.pick(callOf("x"));
    on.made[0]?.enter("TRANSIENT_FAILURE", "refused");
    on.made[1]?.enter("TRANSIENT_FAILURE", "refused");
    expect([on.state, on.pick(callOf("x")).kind]).toEqual(["TRANSIENT_FAILURE", "fail"]);
  });

  it("sends calls without a hash to whatever is READY", () => {
    const on = bench("a", "b", "c");
    on.pick();
    const [made] = on.made;
    made?.enter("READY");
    const host = made?.address.kind === "tcp" && made.address.host;
    expect(new Set(on.picks(20))).toEqual(new Set([host]));
  });

  it("connects one endpoint more for calls without a hash, and sends them to one that is READY", () => {
    const on = bench("a", "b", "c");
    on.chance = [0.1, 0.3, 0.5, 0.7, 0.9];
    on.pick();
    expect([on.live.length, on.pick().kind]).toEqual([1, "wait"]);
    on.made[0]?.enter("READY");
    for (let i = 0; i < 60; i++) {
      on.chance = [i / 60];
      expect(on.pick().kind).toBe("use");
    }
    expect(on.live.filter((text) => text.endsWith("CONNECTING")).length).toBe(1);
  });

  it("takes an empty value for none, and joins several", () => {
    const on = bench("a", "b", "c");
    connectAll(on, users);
    const hostOf = (...values: string[]): string | undefined =>
      on.picks(1, {
        path: "/a.B/C",
        metadata: new Metadata(values.map((value): [string, string] => ["user", value])),
      })[0];
    expect(hostOf("x", "y")).toBe(hostOf("x,y"));
    const chosen = [0.05, 0.35, 0.65, 0.95].map((chance) => {
      on.chance = [chance];
      return hostOf("");
    });
    expect(new Set(chosen).size).toBeGreaterThan(1);
  });

  it("fails calls when its config names no header", () => {
    const on = new BalancerBench(ringHash, {});
    on.update("a");
    expect(on.pick(callOf("x"))).toMatchObject({
      kind: "fail",
      error: { message: expect.stringContaining("its config names no requestHashHeader") },
    });
  });

  it("gives weights their share of the ring", () => {
    const [light, heavy] = endpointsOf("light", "heavy");
    const ring = new HashRing(
      [
        { endpoint: { ...light!, weight: 1 }, member: "light" },
        { endpoint: { ...heavy!, weight: 3 }, member: "heavy" },
      ],
      { minRingSize: 100, maxRingSize: 4096 },
    );
    expect(ring.size).toBe(100);
    expect(places(ring).filter((member) => member === "heavy").length).toBe(75);
  });

  it("places endpoints by their hash keys where they have one", () => {
    const [a, b] = endpointsOf("a", "b");
    const size = { minRingSize: 10, maxRingSize: 10 };
    const ringOf = (hashKey: string): unknown[] =>
      places(
        new HashRing(
          [
            { endpoint: { ...a!, hashKey }, member: "a" },
            { endpoint: b!, member: "b" },
          ],
          size,
        ),
      );
    expect(ringOf("k")).toEqual(ringOf("k"));
    expect(ringOf("k")).not.toEqual(ringOf("a:1"));
    expect(ringOf("")).toEqual(ringOf("a:1"));
  });

  it.each([
    [{}, { minRingSize: 1024, maxRingSize: 4096, requestHashHeader: "" }],
    [
      { minRingSize: 5000, maxRingSize: 8000 },
      { minRingSize: 4096, maxRingSize: 4096 },
    ],
    [{ requestHashHeader: "Session-Id" }, { requestHashHeader: "session-id" }],
  ])("%j is %j", (json, config) => {
    expect(ringHash.parseConfig(json, "x")).toMatchObject(config);
  });

  it.each([
    [{ minRingSize: 0 }, "x.minRingSize is 0; it must be a whole number from 1"],
    [{ minRingSize: 5, maxRingSize: 4 }, "x.minRingSize is 5; it must be at most maxRingSize"],
    [{ requestHashHeader: "a b" }, 'x.requestHashHeader is "a b"; it must be a key of text'],
    [{ requestHashHeader: "id-bin" }, 'x.requestHashHeader is "id-bin"; it must be a key of text'],
  ])("%j is refused: %s", (json, message) => {
    expect(() => ringHash.parseConfig(json, "x")).toThrow(message);
  });
});
