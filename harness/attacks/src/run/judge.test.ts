// What counts as stopped, and what an attack may cost: the judge on measurements made up for it.
import { describe, expect, it } from "vitest";
import { type Attack, breaks, type Ending } from "../attack.js";
import type { Seen } from "../wire/raw-peer.js";
import { hasEndedAs, judge } from "./judge.js";
import type { CallFigures } from "./latency.js";
import { quantile } from "./latency.js";
import type { Run } from "./run-attack.js";

const seenNothing: Seen = {
  resets: {},
  statuses: {},
  settingsAcks: 0,
  pingAcks: 0,
  dataBytes: 0,
  bytesSent: 0,
  closed: false,
  lifeMs: 1000,
  blocked: false,
};
const calm = { code: "ENHANCE_YOUR_CALM", lastId: 1, debug: "pingBurst: x", atMs: 900 };
const stopped: Seen = { ...seenNothing, closed: true, goaway: calm };
const attack: Attack = {
  name: "an-attack",
  sends: "nothing",
  against: "server",
  ...breaks("pingBurst"),
};

function figures(p99Ms: number, failed = 0): CallFigures {
  return { calls: 100, failures: failed > 0 ? ["why"] : [], failed, p50Ms: 1, p99Ms, maxMs: p99Ms };
}

function run(changes: Partial<Run> = {}): Run {
  return {
    quiet: figures(5),
    attacked: figures(20),
    rssGrowth: 1_000_000,
    seen: [stopped],
    before: {},
    after: { "limitsBroken.pingBurst": 1 },
    ends: {},
    complaints: "",
    ...changes,
  };
}

const faultsOf = (...runs: Run[]): readonly string[] => judge(attack, runs).faults;

describe("judge()", () => {
  it("finds nothing wrong with an attack that was stopped cheaply", () => {
    expect(faultsOf(run())).toEqual([]);
  });

  it.each<[string, Partial<Run>]>([
    ["open", { seen: [seenNothing] }],
    [
      "GOAWAY PROTOCOL_ERROR",
      { seen: [{ ...stopped, goaway: { ...calm, code: "PROTOCOL_ERROR" } }] },
    ],
    [
      "2 of 3 connections",
      {
        seen: [
          stopped,
          { ...stopped, goaway: { ...calm, debug: "other" } },
          { ...seenNothing, closed: true },
        ],
      },
    ],
    ["no connection", { seen: [] }],
    ["has not grown", { after: {} }],
    ["1 of 100 good calls failed: why", { attacked: figures(20, 1) }],
    ["70 MiB", { rssGrowth: 70 * 1024 * 1024 }],
    ["p99 is 26.0 ms, the limit 25.0 ms", { attacked: figures(26) }],
    ["uncaught", { after: { "limitsBroken.pingBurst": 1, faults: 1 } }],
    ["outlived", { ends: { hung: 2 } }],
  ])("says %j", (words, changes) => {
    const faults = faultsOf(run(changes));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(words);
  });

  it("takes latency by the median of the runs, three times what it is in quiet", () => {
    const slow = run({ attacked: figures(400) });
    expect(faultsOf(run(), run(), slow)).toEqual([]);
    expect(faultsOf(run(), slow, slow)).toHaveLength(1);
    expect(faultsOf(run({ quiet: figures(20), attacked: figures(59) }))).toEqual([]);
  });

  it("does not ask for what there was no time for, or what the transport lost", () => {
    const late: Seen = { ...seenNothing, lifeMs: 100 };
    expect(faultsOf(run({ seen: [stopped, late] }))).toEqual([]);
    const lost: Seen = { ...seenNothing, closed: true };
    expect(faultsOf(run({ seen: [stopped, stopped, stopped, lost] }))).toEqual([]);
    expect(faultsOf(run({ seen: [stopped, lost] }))).toHaveLength(1);
  });
});

describe("hasEndedAs()", () => {
  it.each<[Ending, Partial<Seen>, boolean]>([
    [{ kind: "closed" }, { closed: true }, true],
    [{ kind: "closed" }, {}, false],
    [{ kind: "closed" }, { closed: true, goaway: calm }, false],
    [{ kind: "reset", code: "CANCEL" }, { resets: { CANCEL: 1 } }, true],
    [{ kind: "reset", code: "CANCEL" }, { resets: { REFUSED_STREAM: 1 } }, false],
    [{ kind: "answered", status: "8" }, { statuses: { "8": 3 } }, true],
    [{ kind: "answered", status: "8" }, { statuses: { "8": 3, "0": 1 } }, false],
    [{ kind: "throttled" }, { blocked: true }, true],
    [{ kind: "throttled" }, { closed: true }, false],
    [{ kind: "tolerated" }, {}, true],
    [{ kind: "tolerated" }, { goaway: calm }, false],
  ])("%j: %j is %j", (ending, seen, is) => {
    expect(hasEndedAs({ ...seenNothing, ...seen }, ending)).toBe(is);
  });
});

describe("quantile()", () => {
  it("is the value below which the share lies", () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect([quantile(values, 0.5), quantile(values, 0.99), quantile([7], 0.99)]).toEqual([
      50, 99, 7,
    ]);
    expect(quantile([], 0.5)).toBe(0);
  });
});
