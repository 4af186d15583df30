// round_robin and what it is built on: spread, children that come and go, states, failure texts.
import { describe, expect, it } from "vitest";
import { BalancerBench } from "../../testing/balancer-bench.js";
import { roundRobin } from "./round-robin.js";

function readyBench(...hosts: string[]): BalancerBench<undefined> {
  const bench = new BalancerBench(roundRobin);
  bench.update(...hosts);
  bench.connect(...hosts);
  return bench;
}

describe("round_robin", () => {
  it("connects to all endpoints at once, and serves as soon as one is READY", () => {
    const bench = new BalancerBench(roundRobin);
    bench.update("a", "b");
    expect([bench.state, bench.live]).toEqual(["CONNECTING", ["a:1 CONNECTING", "b:1 CONNECTING"]]);
    expect(bench.pick().kind).toBe("wait");
    bench.connect("b");
    expect([bench.state, ...bench.picks(2)]).toEqual(["READY", "b", "b"]);
  });

  it("takes turns, each endpoint exactly as often", () => {
    const bench = readyBench("a", "b", "c");
    expect(bench.picks(7)).toEqual(["a", "b", "c", "a", "b", "c", "a"]);
  });

  it("begins anywhere, so that clients that start together spread", () => {
    const bench = new BalancerBench(roundRobin);
    bench.update("a", "b", "c");
    bench.chance = [0.99];
    bench.connect("a", "b", "c");
    expect(bench.picks(3)).toEqual(["c", "a", "b"]);
  });

  it("leaves out what is lost, reconnects it at once, and takes it back", () => {
    const bench = readyBench("a", "b");
    bench.at("a").enter("IDLE");
    expect(bench.at("a").state).toBe("CONNECTING");
    expect([bench.state, ...bench.picks(2), bench.resolutions]).toEqual(["READY", "b", "b", 1]);
    bench.connect("a");
    expect(bench.picks(4).sort()).toEqual(["a", "a", "b", "b"]);
  });

  it("follows the list: keeps connections that stay, lets the others go", () => {
    const bench = readyBench("a", "b");
    const b = bench.at("b");
    bench.update("b", "c");
    expect(bench.live).toEqual(["b:1 READY", "c:1 CONNECTING"]);
    expect(bench.at("b")).toBe(b);
    bench.connect("c");
    expect(bench.picks(2).sort()).toEqual(["b", "c"]);
  });

  it("counts an endpoint with two addresses once", () => {
    const bench = new BalancerBench(roundRobin);
    bench.update("a+b", "c");
    bench.connect("a", "c");
    expect(bench.picks(4)).toEqual(["a", "c", "a", "c"]);
  });

  it("fails only when all fail; calls hear of one cause after the other", () => {
    const bench = new BalancerBench(roundRobin);
    bench.update("a", "b");
    bench.at("a").enter("TRANSIENT_FAILURE", "refused");
    expect(bench.state).toBe("CONNECTING");
    bench.at("b").enter("TRANSIENT_FAILURE", "timed out");
    expect(bench.state).toBe("TRANSIENT_FAILURE");
    const texts = [bench.pick(), bench.pick()].map(
      (pick) => pick.kind === "fail" && pick.error.message,
    );
    expect(texts).toEqual([
      expect.stringContaining("b:1: timed out"),
      expect.stringContaining("a:1: refused"),
    ]);
    bench.at("a").enter("IDLE");
    expect([bench.at("a").state, bench.state]).toEqual(["CONNECTING", "TRANSIENT_FAILURE"]);
    bench.connect("a");
    expect([bench.state, ...bench.picks(1)]).toEqual(["READY", "a"]);
  });

  it("fails calls when there are no endpoints", () => {
    const bench = readyBench("a");
    bench.update();
    expect([bench.state, bench.live, bench.resolutions]).toEqual(["TRANSIENT_FAILURE", [], 1]);
    expect(bench.pick()).toMatchObject({ kind: "fail", error: { code: 14 } });
  });

  it("lets everything go when closed", () => {
    const bench = readyBench("a", "b");
    bench.balancer.close();
    expect(bench.live).toEqual([]);
  });
});
