// peak_ewma: who is chosen by latency and calls under way, and how latencies are forgotten.
import { describe, expect, it } from "vitest";
import { BalancerBench } from "../../testing/balancer-bench.js";
import { type PeakEwmaConfig, peakEwma } from "./peak-ewma.js";

function readyBench(): BalancerBench<PeakEwmaConfig> {
  const bench = new BalancerBench(peakEwma);
  bench.update("a", "b");
  bench.connect("a", "b");
  return bench;
}

/** One call, answered after `ms` with `code`; the host it went to. */
function callTaking(bench: BalancerBench<PeakEwmaConfig>, ms: number, code: 0 | 14 = 0): string {
  const pick = bench.pick();
  if (pick.kind !== "use" || pick.subchannel.address.kind !== "tcp") {
    throw new Error(pick.kind);
  }
  pick.observer?.started();
  bench.clock.advance(ms);
  pick.observer?.ended({ code, trailers: undefined });
  return pick.subchannel.address.host;
}

describe("peak_ewma", () => {
  it("leaves an endpoint that was slow once, at once", () => {
    const bench = readyBench();
    expect(callTaking(bench, 500)).toBe("a");
    expect(bench.picks(5)).toEqual(["b", "b", "b", "b", "b"]);
  });

  it("comes back when the slowness is forgotten", () => {
    const bench = readyBench();
    callTaking(bench, 500);
    const hosts = [1, 2, 3, 4].map(() => {
      bench.clock.advance(10_000);
      return callTaking(bench, 40);
    });
    expect(hosts).toEqual(["b", "b", "b", "a"]);
  });

  it("does not take failing fast for being fast", () => {
    const bench = readyBench();
    expect(callTaking(bench, 1, 14)).toBe("a");
    expect(bench.picks(3)).toEqual(["b", "b", "b"]);
  });

  it("counts the calls under way", () => {
    const bench = readyBench();
    const pick = bench.pick();
    pick.kind === "use" && pick.observer?.started();
    expect(bench.picks(2)).toEqual(["b", "b"]);
  });

  it("serves with a single endpoint", () => {
    const bench = new BalancerBench(peakEwma);
    bench.update("a");
    bench.connect("a");
    expect(bench.picks(2)).toEqual(["a", "a"]);
  });

  it("reads its config", () => {
    expect(peakEwma.parseConfig({}, "x")).toEqual({ decayMs: 10_000, defaultLatencyMs: 30 });
    expect(peakEwma.parseConfig({ decay: "1s", defaultLatency: "0.005s" }, "x")).toEqual({
      decayMs: 1000,
      defaultLatencyMs: 5,
    });
    expect(() => peakEwma.parseConfig({ decay: "0s" }, "x")).toThrow('x.decay is "0s"');
  });
});
