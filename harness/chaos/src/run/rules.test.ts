// The rules that scenarios are judged by, on evidence made by hand.
import { describe, expect, it } from "vitest";
import {
  backoffStepMs,
  type CallRecord,
  type Evidence,
  type Harm,
  joinHarms,
  toFigures,
} from "./evidence.js";
import {
  deadlinesHold,
  errorsSayWhy,
  failuresAreExplained,
  noneFails,
  notStuck,
  serversReturn,
  spreadWithin,
} from "./rules.js";

const good: CallRecord = {
  startMs: 100,
  endMs: 110,
  deadlineMs: 5100,
  noiseMs: 0,
  code: 0,
  server: "127.0.0.2:1",
  isAnswered: true,
  text: "",
};
const bad = (text: string, startMs = 100): CallRecord => ({
  ...good,
  startMs,
  endMs: startMs + 5,
  code: 14,
  server: "",
  isAnswered: false,
  text,
});
const killedAt = (atMs: number, healedMs?: number): Harm => ({
  atMs,
  healedMs,
  address: "127.0.0.2:1",
  what: "killed",
});
const evidence = (records: readonly CallRecord[], harms: readonly Harm[] = []): Evidence => ({
  records,
  harms,
  stuck: 0,
  probeMs: 1,
});

describe("rules", () => {
  it("a failed call is a fault, with its text", () => {
    expect(noneFails(evidence([good]))).toEqual([]);
    expect(noneFails(evidence([good, bad("why")]))).toEqual([
      "1 calls failed, for example code 14: why",
    ]);
  });

  it.each([
    ["127.0.0.2:1: read ECONNRESET", 0],
    ["read ECONNRESET", 1],
    ["127.0.0.2:1: something", 1],
  ])("errors have address and cause: %s", (text, faults) => {
    expect(errorsSayWhy(evidence([bad(text)])).length).toBe(faults);
  });

  it("a server's own status is passed on as it is", () => {
    expect(errorsSayWhy(evidence([{ ...bad("no"), isAnswered: true }]))).toEqual([]);
  });

  it.each([
    ["127.0.0.2:1: read ECONNRESET", 1000, 0],
    ["127.0.0.2:1: read ECONNRESET", 3000, 1],
    ['no connection to "x": 127.0.0.2:1 ECONNREFUSED', 3000, 1],
  ])(
    "failures are explained by a harm or the lack of a connection: %s at %i",
    (text, startMs, faults) => {
      expect(
        failuresAreExplained(evidence([bad(text, startMs)], [killedAt(1002, 1003)])).length,
      ).toBe(faults);
    },
  );

  it("failures are explained while each server is away, or just back", () => {
    const call = bad('no connection to "x": 127.0.0.2:1 ECONNREFUSED', 2500);
    expect(failuresAreExplained(evidence([good, call], [killedAt(1000, 1500)]))).toEqual([]);
    const other = { ...good, server: "127.0.0.3:1" };
    expect(failuresAreExplained(evidence([good, other, call], [killedAt(1000, 1500)])).length).toBe(
      1,
    );
  });

  it("calls that end late, or never, are faults", () => {
    expect(deadlinesHold(evidence([{ ...good, endMs: good.deadlineMs + 49 }]))).toEqual([]);
    expect(deadlinesHold(evidence([{ ...good, endMs: good.deadlineMs + 51 }])).length).toBe(1);
    expect(
      deadlinesHold(evidence([{ ...good, endMs: good.deadlineMs + 90, noiseMs: 60 }])),
    ).toEqual([]);
    expect(deadlinesHold({ ...evidence([]), stuck: 2 })).toEqual(["2 calls have not ended"]);
  });

  it("a probe that fails means that the channel is stuck", () => {
    const stuck = { ...evidence([]), probeMs: undefined, probeFailure: "no" };
    expect(notStuck(stuck)).toEqual(["the channel is stuck: no"]);
  });

  it("a server must have calls again within a step of the backoff", () => {
    const harm = killedAt(1000, 1500);
    const last = { ...good, startMs: 9000, endMs: 9001, server: "127.0.0.3:1" };
    const back = (ms: number): CallRecord => ({ ...good, startMs: ms, endMs: ms });
    expect(serversReturn(evidence([back(2900), last], [harm]))).toEqual([]);
    expect(serversReturn(evidence([back(3100), last], [harm])).length).toBe(1);
    expect(serversReturn(evidence([last], [harm]))[0]).toContain("again never");
    expect(toFigures(evidence([back(2900), last], [harm])).recoveryMs).toBe(1400);
  });

  it("the spread is held against an even one", () => {
    const calls = (server: string, count: number): CallRecord[] =>
      Array.from({ length: count }, () => ({ ...good, server }));
    const even = [...calls("a", 101), ...calls("b", 99)];
    expect(spreadWithin(2, 2)(evidence(even))).toEqual([]);
    expect(spreadWithin(2, 2)(evidence([...even, ...calls("a", 10)])).length).toBe(1);
    expect(spreadWithin(2, 3)(evidence(even)).length).toBe(1);
  });
});

describe("harms", () => {
  it("the wait grows with the time that a server is away", () => {
    expect(backoffStepMs(killedAt(0, 700))).toBeCloseTo(1200);
    expect(backoffStepMs(killedAt(0, 900))).toBeCloseTo(1920);
  });

  it("one that comes before the return is seen belongs to the one before", () => {
    const harms = [killedAt(0, 500), killedAt(900, 1400), killedAt(9000, 9100)];
    expect(joinHarms(harms)).toEqual([killedAt(0, 1400), killedAt(9000, 9100)]);
  });
});
