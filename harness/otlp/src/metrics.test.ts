// Metrics of calls as gRFC A66 and A96 have them, exported by the official SDK: names, units, attributes, boundaries.
import { openRaw } from "@trunkline/client";
import { createMetricTotals } from "@trunkline/plugins/otel";
import { Code, RpcError } from "@trunkline/server";
import { afterEach, describe, expect, it } from "vitest";
import { collect, connect, endAll, serve, startTelemetry, type Telemetry } from "./telemetry.js";

afterEach(endAll);

const method = "trunkline.test.v1.TestService/Unary";
const latency = [
  0, 0.00001, 0.00005, 0.0001, 0.0003, 0.0006, 0.0008, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006,
  0.008, 0.01, 0.013, 0.016, 0.02, 0.025, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25,
  0.3, 0.4, 0.5, 0.65, 0.8, 1, 2, 5, 10, 20, 50, 100,
];
const sizes = [
  0, 1024, 2048, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864, 268435456,
  1073741824, 4294967296,
];
const rpcLatency = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Two calls that succeed, of 5 bytes and 8, and one that fails. */
async function threeCalls(telemetry: Telemetry): Promise<string> {
  const target = await serve(telemetry, {
    unary({ text }) {
      if (text === "") throw new RpcError(Code.NOT_FOUND, "nothing");
      return { text: text + text };
    },
  });
  const { client } = connect(telemetry, target);
  await client.unary({ text: "abc" });
  await client.unary({ text: "abc" });
  await expect(client.unary({ text: "" })).rejects.toThrow("nothing");
  return `dns:///${target}`;
}

describe("gRFC A66", () => {
  it.each([
    ["server.call.started", "{call}", "counter"],
    ["client.attempt.started", "{attempt}", "counter"],
  ])("grpc.%s", async (metric, unit) => {
    const telemetry = await startTelemetry();
    const target = await threeCalls(telemetry);
    const shown = metric.startsWith("client") ? { "grpc.target": target } : {};
    expect(await telemetry.metric(`grpc.${metric}`)).toMatchObject({
      unit,
      type: "sum",
      isMonotonic: true,
      scopeVersion: "0.1.0",
      points: [{ attributes: { "grpc.method": method, ...shown }, value: 3 }],
    });
  });

  it.each([
    ["server.call.duration", "s", latency, undefined],
    ["server.call.sent_total_compressed_message_size", "By", sizes, [16, 0]],
    ["server.call.rcvd_total_compressed_message_size", "By", sizes, [10, 0]],
    ["client.attempt.duration", "s", latency, undefined],
    ["client.attempt.sent_total_compressed_message_size", "By", sizes, [10, 0]],
    ["client.attempt.rcvd_total_compressed_message_size", "By", sizes, [16, 0]],
    ["client.call.duration", "s", latency, undefined],
  ])("grpc.%s", async (metric, unit, bounds, sums) => {
    const telemetry = await startTelemetry();
    const target = await threeCalls(telemetry);
    const found = await telemetry.metric(`grpc.${metric}`);
    const base = {
      "grpc.method": method,
      ...(metric.startsWith("client") && { "grpc.target": target }),
    };
    expect(found).toMatchObject({ unit, type: "histogram" });
    expect(found?.points.map(({ attributes, value }) => ({ attributes, value }))).toEqual([
      { attributes: { ...base, "grpc.status": "OK" }, value: 2 },
      { attributes: { ...base, "grpc.status": "NOT_FOUND" }, value: 1 },
    ]);
    for (const point of found?.points ?? []) expect(point.bounds).toEqual(bounds);
    const seconds = found?.points[0]?.sum ?? 0;
    if (sums === undefined) expect(seconds > 0 && seconds < 10).toBe(true);
    else expect(found?.points.map(({ sum }) => sum)).toEqual(sums);
  });

  it("methods that nobody has are `other`, however many strangers make up", async () => {
    const telemetry = await startTelemetry({
      methodAttributeFilter: (name) => name.startsWith("known.to.Filter/"),
    });
    const target = await serve(telemetry, {});
    const { channel } = connect(telemetry, target);
    const paths = Array.from({ length: 20 }, (_, i) => `/made.up.Service/Method${i}`);
    for (const path of [...paths, "/known.to.Filter/Method"]) {
      await expect(collect(openRaw(channel, path).messages)).rejects.toThrow();
    }
    for (const metric of ["server.call.started", "client.attempt.started"]) {
      const found = await telemetry.metric(`grpc.${metric}`);
      expect(
        found?.points.map(({ attributes, value }) => [attributes["grpc.method"], value]),
      ).toEqual([
        ["other", 20],
        ["known.to.Filter/Method", 1],
      ]);
    }
  });

  it("targets that a filter refuses are `other`", async () => {
    const asked: string[] = [];
    const telemetry = await startTelemetry({
      targetAttributeFilter: (target) => {
        asked.push(target);
        return false;
      },
    });
    const target = await threeCalls(telemetry);
    const found = await telemetry.metric("grpc.client.call.duration");
    expect(found?.points.map(({ attributes }) => attributes["grpc.target"])).toEqual([
      "other",
      "other",
    ]);
    expect(asked).toEqual([target]);
  });

  it("those that are disabled are not there", async () => {
    const disabled = "grpc.server.call.duration";
    const telemetry = await startTelemetry({ metrics: { disable: [disabled] } });
    await threeCalls(telemetry);
    expect(await telemetry.metric("grpc.server.call.started")).toBeDefined();
    expect(await telemetry.metric(disabled)).toBeUndefined();
  });
});

describe("gRFC A96", () => {
  const names = ["retries", "transparent_retries", "hedges", "retry_delay"].map(
    (name) => `grpc.client.call.${name}`,
  );
  const policy = { maxAttempts: 3, initialBackoffMs: 1, maxBackoffMs: 2, methods: "all" } as const;

  async function retriedCall(enable: readonly string[]): Promise<Telemetry> {
    const telemetry = await startTelemetry({ metrics: { enable } });
    let calls = 0;
    const target = await serve(telemetry, {
      unary() {
        calls++;
        if (calls < 3) throw new RpcError(Code.UNAVAILABLE, "not yet");
        return {};
      },
    });
    const { client } = connect(telemetry, target, { retry: policy });
    await client.unary({});
    await client.unary({});
    return telemetry;
  }

  it("is off unless it is asked for", async () => {
    const telemetry = await retriedCall([]);
    for (const name of names) expect(await telemetry.metric(name)).toBeUndefined();
    const attempts = await telemetry.metric("grpc.client.attempt.duration");
    expect(
      attempts?.points.map(({ attributes, value }) => [attributes["grpc.status"], value]),
    ).toEqual([
      ["UNAVAILABLE", 2],
      ["OK", 2],
    ]);
  });

  it("counts retries and what was waited for them, of calls that had any", async () => {
    const telemetry = await retriedCall(names);
    expect(await telemetry.metric("grpc.client.call.retries")).toMatchObject({
      unit: "{retry}",
      points: [{ value: 1, sum: 2, bounds: [1, 2, 3, 4, 5] }],
    });
    const delay = await telemetry.metric("grpc.client.call.retry_delay");
    expect(delay).toMatchObject({ unit: "s", points: [{ value: 1, bounds: latency }] });
    expect(delay?.points[0]?.sum).toBeGreaterThan(0);
    expect(Object.keys(delay?.points[0]?.attributes ?? {})).toEqual(["grpc.method", "grpc.target"]);
    expect(await telemetry.metric("grpc.client.call.hedges")).toBeUndefined();
    expect(await telemetry.metric("grpc.client.call.transparent_retries")).toBeUndefined();
  });
});

describe("OpenTelemetry's own conventions", () => {
  it("have a duration for each end, and nothing of gRPC's", async () => {
    const telemetry = await startTelemetry({ conventions: "rpc" });
    const target = (await threeCalls(telemetry)).replace("dns:///", "");
    const [host, port] = target.split(":");
    const base = { "rpc.system.name": "grpc", "rpc.method": method };
    const failed = { "rpc.status_code": "NOT_FOUND" };
    const shape = (found: Awaited<ReturnType<Telemetry["metric"]>>) =>
      found?.points.map(({ attributes, value }) => ({ attributes, value }));
    const server = await telemetry.metric("rpc.server.call.duration");
    expect(server).toMatchObject({
      unit: "s",
      type: "histogram",
      points: [{ bounds: rpcLatency }, {}],
    });
    // What is no failure of the server's has no error type there.
    expect(shape(server)).toEqual([
      { attributes: { ...base, "rpc.status_code": "OK" }, value: 2 },
      { attributes: { ...base, ...failed }, value: 1 },
    ]);
    const address = { "server.address": host, "server.port": Number(port) };
    expect(shape(await telemetry.metric("rpc.client.call.duration"))).toEqual([
      { attributes: { ...base, ...address, "rpc.status_code": "OK" }, value: 2 },
      { attributes: { ...base, ...address, ...failed, "error.type": "NOT_FOUND" }, value: 1 },
    ]);
    expect([...telemetry.receiver.metrics.keys()].filter((key) => key.includes(" grpc."))).toEqual(
      [],
    );
  });

  it("stand beside those of gRPC when both are asked for", async () => {
    const telemetry = await startTelemetry({ conventions: "both" });
    await threeCalls(telemetry);
    expect(await telemetry.metric("rpc.server.call.duration")).toBeDefined();
    expect(await telemetry.metric("grpc.server.call.duration")).toBeDefined();
  });
});

it("totals of the plugin's own are exported in the same way", async () => {
  const names = ["server.call.started", "server.call.duration", "client.call.duration"];
  const sizeName = "grpc.server.call.sent_total_compressed_message_size";
  const metricTotals = createMetricTotals();
  const own = await startTelemetry({ metricTotals });
  const target = await threeCalls(own);
  const sdk = await startTelemetry();
  await threeCalls(sdk);
  for (const name of names.map((text) => `grpc.${text}`)) {
    const found = await own.metric(name);
    const expected = await sdk.metric(name);
    const shape = (metric: typeof found) => ({
      ...metric,
      points: metric?.points.map(({ attributes, value, bounds }) => [
        { ...attributes, ...("grpc.target" in attributes && { "grpc.target": target }) },
        value,
        bounds,
      ]),
    });
    expect(shape(found)).toEqual(shape(expected));
  }
  expect((await own.metric(sizeName))?.points).toEqual((await sdk.metric(sizeName))?.points);
});

it("without providers nothing is counted or traced, and calls work", async () => {
  const telemetry = await startTelemetry({ meterProvider: undefined, tracerProvider: undefined });
  await threeCalls(telemetry);
  expect(await telemetry.metric("grpc.server.call.started")).toBeUndefined();
  expect(await telemetry.spans()).toEqual([]);
});
