// What a scrape shows of servers and channels that are at work: names, labels, figures; and that strangers cannot make series.
import { type Channel, createChannel, createClient, openRaw } from "@trunkline/client";
import { Code, RpcError, silentLog, UsageError } from "@trunkline/core";
import { Health, type HealthCheckResponse_ServingStatus } from "@trunkline/core/health";
import { createServer, type Server } from "@trunkline/server";
import { Registry } from "prom-client";
import { afterEach, expect, test, vi } from "vitest";
import {
  createClientMetrics,
  createServerMetrics,
  type MetricsOptions,
  serveMetrics,
} from "../src/prometheus/index.js";

const SERVING: HealthCheckResponse_ServingStatus = 1;
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Bench {
  readonly registry: Registry;
  readonly server: Server;
  readonly channel: Channel;
  readonly metrics: ReturnType<typeof createClientMetrics>;
  /** The lines of a metric. */
  lines(name: string): Promise<string[]>;
}

async function start(options: MetricsOptions = {}): Promise<Bench> {
  const registry = new Registry();
  const server = createServer({ log: silentLog });
  server.addService(Health, {
    check({ service }) {
      if (service === "missing") throw new RpcError(Code.NOT_FOUND, "no such service");
      return { status: SERVING };
    },
    async *watch(_, { signal }) {
      yield { status: SERVING };
      yield { status: SERVING };
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
  });
  createServerMetrics({ registry, ...options }).watch(server);
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  const metrics = createClientMetrics({ registry, ...options, maxMethods: 3 });
  const channel = createChannel(`127.0.0.1:${port}`, { observers: [metrics], log: silentLog });
  metrics.watch(channel);
  closing.push(
    () => server.shutdown({ graceMs: 0 }),
    () => channel.close({ graceMs: 0 }),
  );
  const lines = async (name: string): Promise<string[]> => {
    const text = await registry.metrics();
    return text
      .split("\n")
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  };
  return { registry, server, channel, metrics, lines };
}

const ofCheck = 'grpc_type="unary",grpc_service="grpc.health.v1.Health",grpc_method="Check"';
const ofWatch =
  'grpc_type="server_stream",grpc_service="grpc.health.v1.Health",grpc_method="Watch"';

test("methods of services have their series before the first call", async () => {
  const { lines } = await start();
  expect(await lines("grpc_server_started_total")).toContain(
    `grpc_server_started_total{${ofCheck}} 0`,
  );
  const handled = await lines("grpc_server_handled_total");
  expect(handled).toContain(`grpc_server_handled_total{${ofCheck},grpc_code="NotFound"} 0`);
  expect(handled.filter((line) => line.includes('"Check"'))).toHaveLength(17);
});

test("calls and messages count on both ends, streams while they are open", async () => {
  const { channel, lines } = await start();
  const health = createClient(Health, channel);
  await health.check({});
  await health.check({});
  await health.check({ service: "missing" }).catch(() => {});
  const stream = health.watch({})[Symbol.asyncIterator]();
  await stream.next();
  await stream.next();
  for (const end of ["server", "client"]) {
    expect(await lines(`grpc_${end}_started_total`)).toContain(
      `grpc_${end}_started_total{${ofCheck}} 3`,
    );
    const handled = await lines(`grpc_${end}_handled_total`);
    expect(handled).toContain(`grpc_${end}_handled_total{${ofCheck},grpc_code="OK"} 2`);
    expect(handled).toContain(`grpc_${end}_handled_total{${ofCheck},grpc_code="NotFound"} 1`);
    const [from, to] = end === "server" ? ["sent", "received"] : ["received", "sent"];
    expect(await lines(`grpc_${end}_msg_${from}_total`)).toContain(
      `grpc_${end}_msg_${from}_total{${ofWatch}} 2`,
    );
    expect(await lines(`grpc_${end}_msg_${to}_total`)).toContain(
      `grpc_${end}_msg_${to}_total{${ofCheck}} 3`,
    );
  }
  expect(await lines("grpc_server_connections")).toEqual(["grpc_server_connections 1"]);
  expect(await lines("grpc_server_streams")).toEqual(["grpc_server_streams 1"]);
  expect(await lines("grpc_client_connections")).toEqual([
    `grpc_client_connections{grpc_target="${channel.target}"} 1`,
  ]);
  await stream.return?.(undefined);
  await vi.waitFor(async () =>
    expect(await lines("grpc_server_handled_total")).toContain(
      `grpc_server_handled_total{${ofWatch},grpc_code="Canceled"} 1`,
    ),
  );
  expect(await lines("grpc_client_msg_received_total")).toContain(
    `grpc_client_msg_received_total{${ofWatch}} 2`,
  );
});

test("handling times, constant labels, exemplars", async () => {
  const { registry, channel, lines } = await start({
    handlingTime: { buckets: [0.000001, 60], exemplar: () => ({ trace_id: "abc" }) },
    labels: { zone: "a" },
  });
  await createClient(Health, channel).check({});
  const all = `zone="a",${ofCheck}`;
  expect(await lines("grpc_server_handling_seconds_bucket")).toEqual(
    expect.arrayContaining([
      `grpc_server_handling_seconds_bucket{le="0.000001",${all}} 0`,
      `grpc_server_handling_seconds_bucket{le="60",${all}} 1`,
      `grpc_server_handling_seconds_bucket{le="+Inf",${all}} 1`,
    ]),
  );
  expect(await lines("grpc_server_handling_seconds_count")).toContain(
    `grpc_server_handling_seconds_count{${all}} 1`,
  );
  const open = registry as unknown as Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>;
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const text = await registry.metrics();
  expect(text).toMatch(/le="60",.*"Check"} 1 # {trace_id="abc"} 0\.\d+ \d+/);
  expect(text).toContain(`grpc_server_started_total{${all}} 1`);
  expect(text.endsWith("# EOF\n")).toBe(true);
});

test("whatever strangers call, there are no more series", async () => {
  const { channel, lines, registry } = await start();
  await createClient(Health, channel).check({});
  const before = (await registry.metrics()).split("\n").length;
  const outcomes = Array.from({ length: 200 }, async (_, i) => {
    const call = openRaw(channel, `/a.B${i}/${"x".repeat(i)}C`);
    call.closeSend();
    for await (const _message of call.messages);
  });
  await Promise.allSettled(outcomes);
  expect(await lines("grpc_server_handled_total")).toContain(
    'grpc_server_handled_total{grpc_type="unknown",grpc_service="unknown",grpc_method="unknown",grpc_code="Unimplemented"} 200',
  );
  // The client knows three methods (maxMethods), and the rest together.
  expect(await lines("grpc_client_started_total")).toHaveLength(4);
  expect(await lines("grpc_client_started_total")).toContain(
    'grpc_client_started_total{grpc_type="other",grpc_service="other",grpc_method="other"} 198',
  );
  const after = (await registry.metrics()).split("\n").length;
  // Three methods more, of 17 codes, and what was started, received, sent.
  expect(after - before).toBe(3 * (17 + 3));
});

test("several servers add up; metrics are registered once", async () => {
  const { registry, lines } = await start();
  expect(() => createServerMetrics({ registry })).toThrow(UsageError);
  expect(() => createServerMetrics({ registry })).toThrow("grpc_server_started_total already");
  expect(await lines("grpc_server_connections")).toEqual(["grpc_server_connections 0"]);
  expect(() => createServerMetrics({ handlingTime: { buckets: [2, 1] } })).toThrow("ascending");
  expect(() => createClientMetrics({ maxMethods: 0 })).toThrow("maxMethods");
});

test("/metrics on a port of its own", async () => {
  const { registry } = await start();
  const log = { ...silentLog, error: vi.fn() };
  const metrics = await serveMetrics({ port: 0, registry, log });
  closing.push(() => metrics.close());
  const answer = await fetch(metrics.url);
  expect(answer.headers.get("content-type")).toContain("text/plain; version=0.0.4");
  expect(await answer.text()).toContain("grpc_server_started_total");
  expect((await fetch(metrics.url, { method: "POST" })).status).toBe(405);
  expect((await fetch(`http://127.0.0.1:${metrics.port}/`)).status).toBe(404);
  expect(await (await fetch(metrics.url, { method: "HEAD" })).text()).toBe("");
  await expect(serveMetrics({ port: metrics.port, registry })).rejects.toThrow(
    `metrics cannot be served on 127.0.0.1:${metrics.port}`,
  );
  const broken = {
    contentType: registry.contentType,
    metrics: () => Promise.reject(new Error("secret")),
  };
  const other = await serveMetrics({ port: 0, registry: broken as never, log });
  closing.push(() => other.close());
  const failed = await fetch(other.url);
  expect([failed.status, await failed.text()]).toEqual([500, "metrics cannot be collected\n"]);
  expect(log.error).toHaveBeenCalledTimes(1);
});
