// The words that calls get while there is no connection, for each policy that makes them: who was picked, for how long, what went wrong.
import { describe, expect, it } from "vitest";
import { BalancerBench } from "../testing/balancer-bench.js";
import type { BalancerPolicy } from "./balancer.js";
import { choosePolicy } from "./choose-policy.js";
import { createBalancerRegistry } from "./registry.js";

const registry = createBalancerRegistry();

function start(config: object, ...hosts: string[]): BalancerBench<unknown> {
  const { policy, config: parsed } = choosePolicy([config], "lb", registry);
  const ready: BalancerPolicy<unknown> = { ...policy, parseConfig: () => parsed };
  const bench = new BalancerBench(ready);
  bench.update(...hosts);
  bench.balancer.exitIdle();
  return bench;
}

function wordsOf(bench: BalancerBench<unknown>): string {
  const pick = bench.pick();
  switch (pick.kind) {
    case "wait":
      return pick.why;
    case "fail":
      return pick.error.message;
    default:
      return pick.kind;
  }
}

const child = [{ round_robin: {} }];
const spreading: readonly object[] = [
  { round_robin: {} },
  { weighted_round_robin: {} },
  { least_request: {} },
  { peak_ewma: {} },
  { outlier_detection: { childPolicy: child } },
  { random_subsetting: { subsetSize: 5, childPolicy: child } },
];

describe("while connecting", () => {
  it("pick_first names the address, how many there are, the time and the last error", () => {
    const bench = start({ pick_first: {} }, "a", "b", "c");
    bench.at("a").enter("TRANSIENT_FAILURE", "connect ECONNREFUSED a:1");
    bench.clock.advance(200);
    expect(wordsOf(bench)).toBe(
      "a connection: picked b:1 of 3, connecting for 0.20 s, last error connect ECONNREFUSED a:1; 1 TRANSIENT_FAILURE, 1 CONNECTING, 1 IDLE",
    );
  });

  it("pick_first says why the connection was lost that it replaces", () => {
    const bench = start({ pick_first: {} }, "a");
    bench.connect("a");
    bench.at("a").enter("IDLE", "a:1: the connection was reset");
    bench.pick();
    bench.clock.advance(12_345);
    expect(wordsOf(bench)).toBe(
      "a connection: picked a:1 of 1, connecting for 12.3 s, last error a:1: the connection was reset",
    );
  });

  it.each(spreading)("%j names all, or the first of many", (config) => {
    const hosts = ["a", "b", "c", "d", "e"].slice(0, config === spreading[1] ? 2 : 5);
    const bench = start(config, ...hosts);
    bench.clock.advance(4900);
    expect(wordsOf(bench)).toBe(
      hosts.length === 2
        ? "a connection: picked a:1, b:1 of 2, connecting for 4.90 s"
        : "a connection: picked a:1, b:1, c:1, and 2 more of 5, connecting for 4.90 s",
    );
  });

  it("ring_hash names the one that a call waits for", () => {
    const bench = start({ ring_hash: { requestHashHeader: "user" } }, "a", "b");
    bench.clock.advance(1000);
    expect(wordsOf(bench)).toMatch(
      /^a connection: picked [ab]:1 of 2, connecting for 1.00 s; 1 \w+, 1 \w+$/,
    );
  });
});

describe("while failing", () => {
  it.each([{ pick_first: {} }, ...spreading])(
    "%j gives every cause, up to five, and what happens next",
    (config) => {
      const hosts = ["a", "b", "c", "d", "e", "f", "g"].slice(
        0,
        "random_subsetting" in config ? 5 : 7,
      );
      const bench = start(config, ...hosts);
      bench.clock.advance(1600);
      for (const host of hosts) {
        bench.at(host).enter("TRANSIENT_FAILURE", `connect ECONNREFUSED ${host}:1`);
      }
      const more = hosts.length > 5 ? "; and 2 more" : "";
      bench.clock.advance(100);
      expect(wordsOf(bench)).toBe(
        `no connection to "dns:///users": TRANSIENT_FAILURE for 0.10 s, none of ${hosts.length} addresses can be reached: ` +
          `connect ECONNREFUSED a:1; connect ECONNREFUSED b:1; connect ECONNREFUSED c:1; connect ECONNREFUSED d:1; connect ECONNREFUSED e:1${more}; connecting again now`,
      );
    },
  );
});
