// least_request: who is chosen, what counts as under way, and configs.
import { describe, expect, it } from "vitest";
import { BalancerBench } from "../../testing/balancer-bench.js";
import type { PickedCall } from "../balancer.js";
import { leastRequest } from "./least-request.js";

const call: PickedCall = { path: "/a.B/C", metadata: undefined };

/** Draws that alternate between the first and the last endpoint. */
function bench(): BalancerBench<{ choiceCount: number }> {
  const made = new BalancerBench(leastRequest);
  made.update("a", "b");
  made.connect("a", "b");
  let last = false;
  made.random = () => {
    last = !last;
    return last ? 0 : 0.99;
  };
  return made;
}

/** Begins a call as a channel would; returns what ends it. */
function begin(on: BalancerBench<unknown>): { host: string; end(): void } {
  const pick = on.pick(call);
  if (pick.kind !== "use" || pick.subchannel.address.kind !== "tcp") {
    throw new Error(`not used: ${pick.kind}`);
  }
  pick.observer?.started();
  const end = (): void => pick.observer?.ended({ code: 0, trailers: undefined });
  return { host: pick.subchannel.address.host, end };
}

describe("least_request", () => {
  it("takes the endpoint with fewer calls under way, the first drawn when they are equal", () => {
    const on = bench();
    const first = begin(on);
    const second = begin(on);
    expect([first.host, second.host, begin(on).host]).toEqual(["a", "b", "a"]);
    first.end();
    second.end();
    expect([begin(on).host, begin(on).host]).toEqual(["b", "a"]);
  });

  it("does not count calls that never started", () => {
    const on = bench();
    expect(on.picks(3)).toEqual(["a", "a", "a"]);
  });

  it("remembers what is under way when endpoints come and go", () => {
    const on = bench();
    begin(on);
    on.update("a", "b", "c");
    on.connect("c");
    on.update("a", "b");
    expect(begin(on).host).toBe("b");
  });

  it.each([
    [{}, 2],
    [{ choiceCount: 5 }, 5],
    [{ choiceCount: 100 }, 10],
  ])("%j draws %d", (json, choiceCount) => {
    expect(leastRequest.parseConfig(json, "x")).toEqual({ choiceCount });
  });

  it("refuses to draw one", () => {
    expect(() => leastRequest.parseConfig({ choiceCount: 1 }, "x")).toThrow(
      "x.choiceCount is 1; it must be a whole number from 2",
    );
  });
});
