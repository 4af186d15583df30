// Load reports on the wire: in the trailers of calls however they end, and on a stream of their own.
import { fromBinary } from "@bufbuild/protobuf";
import { Code, decodeBinaryValue, RpcError } from "@trunkline/core";
import {
  loadReportField,
  OpenRcaService,
  type OrcaLoadReport,
  OrcaLoadReportSchema,
} from "@trunkline/core/orca";
import { FakeClock } from "@trunkline/core/testing";
import { afterEach, expect, test } from "vitest";
import { recordCallLoad, reportLoad } from "../src/services/orca/call-load.js";
import { ServerLoad } from "../src/services/orca/load-metrics.js";
import { addLoadReporting } from "../src/services/orca/load-reporting.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { presentServer, startPair, stopPairs } from "./pair.js";

afterEach(stopPairs);

const { unary, chat } = TestService.method;
const stream = OpenRcaService.method.streamCoreMetrics;

function reportIn(fields: Readonly<Record<string, string>>): OrcaLoadReport | undefined {
  const bytes = decodeBinaryValue(fields[loadReportField] ?? "");
  return bytes?.length ? fromBinary(OrcaLoadReportSchema, bytes) : undefined;
}

test("a handler reports with its call, and what it says last counts", async () => {
  const calls = startPair({
    unary: (_, call) => {
      recordCallLoad(call, { cpuUtilization: 0.9, requestCost: { rows: 3 } });
      recordCallLoad(call, { cpuUtilization: 0.5, qps: 7 });
      return {};
    },
  });
  const { trailers } = await calls.call(unary, [{}]);
  expect(reportIn(trailers)).toMatchObject({
    cpuUtilization: 0.5,
    rpsFractional: 7,
    requestCost: { rows: 3 },
  });
});

test("a call that fails reports, too, and one that records nothing does not", async () => {
  const calls = startPair({
    unary: ({ text }, call) => {
      if (text === "") return {};
      recordCallLoad(call, { applicationUtilization: 1 });
      throw new RpcError(Code.RESOURCE_EXHAUSTED, "full");
    },
  });
  const failed = await calls.call(unary, [{ text: "fail" }]);
  expect([failed.code, reportIn({ ...failed.head, ...failed.trailers })]).toMatchObject([
    Code.RESOURCE_EXHAUSTED,
    { applicationUtilization: 1 },
  ]);
  expect(reportIn((await calls.call(unary, [{}])).trailers)).toBeUndefined();
});

test("the interceptor reports the server's load at the end of every call, under what the call recorded", async () => {
  const load = new ServerLoad({ cpuUtilization: 0.1, eps: 1 });
  const calls = startPair(
    {
      unary: ({ text }, call) => {
        if (text === "fail") throw new RpcError(Code.INTERNAL, "no");
        recordCallLoad(call, { cpuUtilization: 0.8 });
        return {};
      },
      async *chat() {
        yield { text: "one" };
        load.set({ cpuUtilization: 0.2 });
      },
    },
    { interceptors: [reportLoad(load)] },
  );
  const reportOf = async (text: string): Promise<unknown> => {
    const { head, trailers } = await calls.call(unary, [{ text }]);
    return reportIn({ ...head, ...trailers });
  };
  expect(await reportOf("")).toMatchObject({ cpuUtilization: 0.8, eps: 1 });
  expect(await reportOf("fail")).toMatchObject({ cpuUtilization: 0.1, eps: 1 });
  const { trailers } = await calls.call(chat, []);
  expect(reportIn(trailers)).toMatchObject({ cpuUtilization: 0.2, eps: 1 });
  load.clear();
  expect(await reportOf("fail")).toBeUndefined();
});

test.each([
  ["the interval it asks for", 30n, 30_000],
  ["not more often than the server allows", 1n, 20_000],
])("a client that streams is told at once, then at %s, until it leaves", async (_, seconds, ms) => {
  const clock = new FakeClock(0);
  const load = new ServerLoad({ memUtilization: 0.3 });
  const calls = startPair({});
  addLoadReporting(presentServer(), load, { minIntervalMs: 20_000, clock });
  const call = calls.open(stream);
  call.send({ reportInterval: { seconds, nanos: 0 } });
  call.end();
  await call.received(1);
  expect(clock.pending).toEqual([ms]);
  load.set({ memUtilization: 0.4 });
  clock.advance(ms);
  await call.received(2);
  expect(call.messages.map(({ memUtilization }) => memUtilization)).toEqual([0.3, 0.4]);
  call.cancel();
  // The server has read the cancellation once it answers what came after it.
  await calls.call(unary, [{}]);
  expect(clock.pending).toEqual([]);
});

test("a client that names no interval gets the shortest; a server without metrics sends empty reports", async () => {
  const clock = new FakeClock(0);
  const calls = startPair({});
  addLoadReporting(presentServer(), new ServerLoad(), { clock });
  const call = calls.open(stream);
  call.send({});
  call.end();
  await call.received(1);
  expect([clock.pending, call.messages[0]?.cpuUtilization]).toEqual([[30_000], 0]);
});

test.each([0, -1, Infinity, Number.NaN, "5" as unknown as number])(
  "a shortest interval of %s is refused",
  (minIntervalMs) => {
    startPair({});
    expect(() => addLoadReporting(presentServer(), new ServerLoad(), { minIntervalMs })).toThrow(
      "option minIntervalMs is",
    );
  },
);
