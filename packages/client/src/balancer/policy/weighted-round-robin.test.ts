// weighted_round_robin: what load reports do to the shares of endpoints, whichever way they come.
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code, encodeBinaryValue, RpcError } from "@trunkline/core";
import {
  loadReportField,
  type OrcaLoadReportRequest,
  OrcaLoadReportRequestSchema,
  OrcaLoadReportSchema,
} from "@trunkline/core/orca";
import { describe, expect, it } from "vitest";
import { ConnectivityState } from "../../subchannel/state.js";
import { BalancerBench } from "../../testing/balancer-bench.js";
import type { Attempt, AttemptReceiver } from "../../transport/transport.js";
import type { WeightedRoundRobinConfig } from "../wrr/wrr-config.js";
import { weightedRoundRobin } from "./weighted-round-robin.js";

type Bench = BalancerBench<WeightedRoundRobinConfig>;
type Report = MessageInitShape<typeof OrcaLoadReportSchema>;

function start(json: object, ...hosts: string[]): Bench {
  const bench = new BalancerBench(weightedRoundRobin, { blackoutPeriod: "0s", ...json });
  bench.update(...hosts);
  bench.connect(...hosts);
  return bench;
}

const trailersOf = (report: Report): string[] => [
  "grpc-status",
  "0",
  loadReportField,
  encodeBinaryValue(toBinary(OrcaLoadReportSchema, create(OrcaLoadReportSchema, report))),
];

/** Makes calls until each host has answered one with the report that is meant for it. */
function answerOnce(bench: Bench, reports: Readonly<Record<string, Report>>): void {
  const left = new Set(Object.keys(reports));
  for (let i = 0; i < 100 && left.size > 0; i++) {
    const pick = bench.pick();
    if (pick.kind !== "use" || pick.subchannel.address.kind !== "tcp") {
      throw new Error(`not used: ${pick.kind}`);
    }
    const { host } = pick.subchannel.address;
    pick.observer?.started();
    pick.observer?.ended({ code: 0, trailers: trailersOf(reports[host] ?? {}) });
    left.delete(host);
  }
}

function shares(bench: Bench, count: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const host of bench.picks(count)) {
    counts[host] = (counts[host] ?? 0) + 1;
  }
  return counts;
}

const twoToOne = {
  a: { rpsFractional: 100, cpuUtilization: 0.25 },
  b: { rpsFractional: 100, cpuUtilization: 0.5 },
};

describe("reports in trailers", () => {
  it("decide the shares from the next update on", () => {
    const bench = start({}, "a", "b");
    expect(shares(bench, 300)).toEqual({ a: 150, b: 150 });
    answerOnce(bench, twoToOne);
    expect(shares(bench, 300)).toEqual({ a: 150, b: 150 });
    bench.clock.advance(1000);
    expect(shares(bench, 300)).toEqual({ a: 200, b: 100 });
  });

  it("count for nothing while only one endpoint reports, and an endpoint that is silent is average", () => {
    const bench = start({}, "a", "b", "c");
    answerOnce(bench, { a: twoToOne.a });
    bench.clock.advance(1000);
    expect(shares(bench, 300)).toEqual({ a: 100, b: 100, c: 100 });
    answerOnce(bench, twoToOne);
    bench.clock.advance(1000);
    expect(shares(bench, 900)).toEqual({ a: 400, b: 200, c: 300 });
  });

  it("that cannot be read, and trailers without one, change nothing", () => {
    const bench = start({}, "a", "b");
    const pick = bench.pick();
    const observer = pick.kind === "use" ? pick.observer : undefined;
    for (const trailers of [
      undefined,
      [],
      [loadReportField, "!"],
      [loadReportField, "/w"],
      [loadReportField, ""],
    ]) {
      observer?.ended({ code: 0, trailers });
    }
    bench.clock.advance(1000);
    expect(shares(bench, 10)).toEqual({ a: 5, b: 5 });
  });

  it("expire", () => {
    const bench = start({ weightExpirationPeriod: "5s" }, "a", "b");
    answerOnce(bench, twoToOne);
    bench.clock.advance(4999);
    expect(shares(bench, 300)).toEqual({ a: 200, b: 100 });
    bench.clock.advance(1001);
    expect(shares(bench, 300)).toEqual({ a: 150, b: 150 });
  });

  it("are remembered when other endpoints come and go", () => {
    const bench = start({}, "a", "b");
    answerOnce(bench, twoToOne);
    bench.update("a", "b", "c");
    expect(shares(bench, 300)).toEqual({ a: 200, b: 100 });
  });
});

/** The server's side of a stream of reports. */
class Stream {
  readonly receiver: AttemptReceiver;
  isCancelled = false;

  constructor(receiver: AttemptReceiver) {
    this.receiver = receiver;
    receiver.attached({
      consumed: () => {},
      cancel: () => {
        this.isCancelled = true;
      },
    } as unknown as Attempt);
  }

  get path(): string {
    return this.receiver.plan.path;
  }

  get request(): OrcaLoadReportRequest {
    const bytes = this.receiver.encoder.encode(this.receiver.singleRequest());
    return fromBinary(OrcaLoadReportRequestSchema, bytes);
  }

  report(report: Report): void {
    this.receiver.messageReceived(create(OrcaLoadReportSchema, report), 10);
  }
}

const streamsTo = (bench: Bench, host: string): AttemptReceiver[] => bench.at(host).started;

function streamTo(bench: Bench, host: string): Stream {
  return new Stream(streamsTo(bench, host).at(-1) as AttemptReceiver);
}

describe("reports out of band", () => {
  const json = { enableOobLoadReport: true, oobReportingPeriod: "2.5s" };

  it("are asked for on each connection, in the background, and decide the shares", () => {
    const bench = start(json, "a", "b");
    const [a, b] = [streamTo(bench, "a"), streamTo(bench, "b")];
    expect([a.path, a.receiver.isBackground]).toEqual([
      "/xds.service.orca.v3.OpenRcaService/StreamCoreMetrics",
      true,
    ]);
    expect(a.request.reportInterval).toMatchObject({ seconds: 2n, nanos: 500_000_000 });
    a.report(twoToOne.a);
    b.report(twoToOne.b);
    bench.clock.advance(1000);
    expect(shares(bench, 300)).toEqual({ a: 200, b: 100 });
    const pick = bench.pick();
    expect(pick.kind === "use" && pick.observer).toBeUndefined();
  });

  it("end with the connection, and are asked for again on the next one", () => {
    const bench = start(json, "a");
    const first = streamTo(bench, "a");
    bench.at("a").enter(ConnectivityState.IDLE);
    expect([first.isCancelled, bench.clock.pending]).toEqual([true, []]);
    bench.connect("a");
    expect(streamsTo(bench, "a")).toHaveLength(1);
    bench.balancer.close();
    expect(bench.clock.pending).toEqual([]);
  });

  it("are asked for again at once after a stream that brought some, then with backoff", () => {
    const bench = start(json, "a");
    bench.chance = [0.5];
    const first = streamTo(bench, "a");
    first.report(twoToOne.a);
    first.receiver.succeeded([]);
    bench.clock.advance(0);
    expect(streamsTo(bench, "a")).toHaveLength(2);
    const fail = (): void =>
      streamTo(bench, "a").receiver.failed(new RpcError(Code.INTERNAL, "no"), "sent", undefined);
    for (const waitMs of [1000, 1600, 2560]) {
      fail();
      expect(bench.clock.pending).toEqual([waitMs]);
      bench.clock.advance(waitMs);
    }
    expect([streamsTo(bench, "a").length, bench.clock.holding]).toEqual([5, 0]);
  });

  it("are given up where there is no such service, until the next connection", () => {
    const bench = start(json, "a");
    const { receiver } = streamTo(bench, "a");
    receiver.failed(new RpcError(Code.UNIMPLEMENTED, "unknown"), "sent", undefined);
    bench.clock.advance(1_000_000);
    expect(streamsTo(bench, "a")).toHaveLength(1);
    bench.at("a").enter(ConnectivityState.IDLE);
    bench.connect("a");
    expect(streamsTo(bench, "a")).toHaveLength(1);
  });

  it("come and go with the config, on the connections that are there", () => {
    const bench = start(json, "a");
    const first = streamTo(bench, "a");
    const endpoints = [{ addresses: [bench.at("a").address] }];
    const reconfigure = (changed: object): void =>
      bench.balancer.update({ endpoints, config: weightedRoundRobin.parseConfig(changed, "wrr") });
    reconfigure({ enableOobLoadReport: true, oobReportingPeriod: "1s" });
    const second = streamTo(bench, "a");
    expect([first.isCancelled, second.request.reportInterval?.seconds]).toEqual([true, 1n]);
    reconfigure({});
    expect([second.isCancelled, streamsTo(bench, "a").length]).toEqual([true, 2]);
    reconfigure({ enableOobLoadReport: true });
    expect(streamsTo(bench, "a")).toHaveLength(3);
  });
});
