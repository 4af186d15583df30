// A policy that is one function: what it gets, and what becomes of wrong answers.
import { Metadata } from "@trunkline/core";
import { describe, expect, it } from "vitest";
import { BalancerBench } from "../../testing/balancer-bench.js";
import { createPolicy } from "./function-policy.js";

const byUser = createPolicy("by_user", (ready, call) => {
  const user = Number(call.metadata?.get("user") ?? 0);
  return ready[user % ready.length]!;
});

function readyBench(policy = byUser): BalancerBench<unknown> {
  const bench = new BalancerBench(policy);
  bench.update("a", "b", "c");
  bench.connect("a", "b");
  return bench;
}

describe("createPolicy", () => {
  it("gives the function the READY endpoints and the call", () => {
    const bench = readyBench();
    const picks = ["0", "1", "2"].map(
      (user) => bench.picks(1, { path: "/a.B/C", metadata: new Metadata({ user }) })[0],
    );
    expect(picks).toEqual(["a", "b", "a"]);
  });

  it("gives it its config, checked as it likes", () => {
    const policy = createPolicy<{ index: number }>(
      "fixed",
      (ready, _call, { index }) => ready[index]!,
    );
    const bench = new BalancerBench(policy, { index: 1 });
    bench.update("a", "b");
    bench.connect("a", "b");
    expect(bench.picks(2)).toEqual(["b", "b"]);
  });

  it("fails calls whose function throws or strays", () => {
    const throwing = createPolicy("throwing", () => {
      throw new Error("no idea");
    });
    expect(readyBench(throwing).pick()).toMatchObject({
      kind: "drop",
      error: { code: 13, message: 'the policy "throwing" threw: no idea' },
    });
    const straying = createPolicy("straying", () => ({ addresses: [] }));
    expect(readyBench(straying).pick()).toMatchObject({
      kind: "drop",
      error: { message: 'the policy "straying" answered with an endpoint that is not READY' },
    });
  });

  it("waits until an endpoint is READY, and lets go when closed", () => {
    const bench = new BalancerBench(byUser);
    bench.update("a");
    expect(bench.pick().kind).toBe("wait");
    bench.balancer.exitIdle();
    bench.balancer.close();
    expect(bench.live).toEqual([]);
  });
});
