// A real Prometheus scrapes a server and a channel at work, and is asked what it has seen.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { createChannel, createClient, openRaw } from "@trunkline/client";
import { Code, RpcError, silentLog } from "@trunkline/core";
import { Health } from "@trunkline/core/health";
import {
  createClientMetrics,
  createServerMetrics,
  serveMetrics,
} from "@trunkline/plugins/prometheus";
import { createServer } from "@trunkline/server";
import { Registry } from "prom-client";
import { afterEach, expect, test, vi } from "vitest";
import { findPrograms, type PrometheusServer, startPrometheus } from "./prometheus-server.js";

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A server and a channel that have had some calls, with their metrics on a port. */
async function work(): Promise<{ url: string; port: number }> {
  const registry = new Registry();
  const server = createServer({ log: silentLog });
  server.addService(Health, {
    check({ service }) {
      if (service === "missing") throw new RpcError(Code.NOT_FOUND, "no such service");
      return { status: 1 };
    },
    async *watch() {
      for (let i = 0; i < 3; i++) yield { status: 1 };
    },
  });
  createServerMetrics({ registry, handlingTime: true }).watch(server);
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  closing.push(() => server.shutdown({ graceMs: 0 }));
  const observer = createClientMetrics({ registry, handlingTime: true });
  const channel = createChannel(`127.0.0.1:${port}`, { observers: [observer], log: silentLog });
  observer.watch(channel);
  closing.push(() => channel.close({ graceMs: 0 }));
  const health = createClient(Health, channel);
  for (let i = 0; i < 5; i++) await health.check({});
  await expect(health.check({ service: "missing" })).rejects.toThrow();
  for await (const _ of health.watch({}));
  const stranger = openRaw(channel, "/made.up.Service/Method");
  stranger.closeSend();
  await expect(stranger.messages[Symbol.asyncIterator]().next()).rejects.toThrow();
  const metrics = await serveMetrics({ port: 0, registry });
  closing.push(() => metrics.close());
  return metrics;
}

async function askValue(
  prometheus: PrometheusServer,
  expression: string,
): Promise<number | undefined> {
  const [first, ...others] = await prometheus.query(expression);
  expect(others).toEqual([]);
  return first?.value;
}

test("promtool finds nothing to complain about", async () => {
  const { url } = await work();
  const input = await (await fetch(url)).text();
  const promtool = join(findPrograms(), "promtool");
  // It exits with 3 and says what is wrong.
  expect(execFileSync(promtool, ["check", "metrics"], { input, encoding: "utf8" })).toBe("");
});

test("Prometheus answers queries with what has happened", { timeout: 60_000 }, async () => {
  const { port } = await work();
  const prometheus = await startPrometheus(port);
  closing.push(() => prometheus.stop());
  await vi.waitFor(async () => expect(await askValue(prometheus, 'up{job="trunkline"}')).toBe(1), {
    timeout: 30_000,
    interval: 200,
  });
  const of = (method: string, more = ""): string =>
    `grpc_service="grpc.health.v1.Health",grpc_method="${method}"${more}`;
  const expected: Record<string, number> = {
    [`grpc_server_started_total{grpc_type="unary",${of("Check")}}`]: 6,
    [`grpc_server_handled_total{${of("Check", ',grpc_code="OK"')}}`]: 5,
    [`grpc_server_handled_total{${of("Check", ',grpc_code="NotFound"')}}`]: 1,
    [`grpc_server_handled_total{${of("Check", ',grpc_code="Internal"')}}`]: 0,
    [`grpc_server_msg_sent_total{grpc_type="server_stream",${of("Watch")}}`]: 3,
    [`grpc_server_msg_received_total{${of("Watch")}}`]: 1,
    [`grpc_client_handled_total{${of("Check", ',grpc_code="OK"')}}`]: 5,
    [`grpc_client_msg_received_total{${of("Watch")}}`]: 3,
    [`grpc_server_handling_seconds_count{${of("Check")}}`]: 6,
    [`grpc_client_handling_seconds_bucket{${of("Check", ',le="10"')}}`]: 6,
    'grpc_server_handled_total{grpc_method="unknown",grpc_code="Unimplemented"}': 1,
    "count(grpc_server_started_total)": 4,
    "sum(grpc_server_handled_total)": 8,
    grpc_server_connections: 1,
    grpc_client_connections: 1,
  };
  const found = await Promise.all(
    Object.keys(expected).map(async (query) => [query, await askValue(prometheus, query)]),
  );
  expect(Object.fromEntries(found)).toEqual(expected);
  const quantile = `histogram_quantile(0.99, grpc_server_handling_seconds_bucket{${of("Check")}})`;
  expect(await askValue(prometheus, quantile)).toBeGreaterThan(0);
});
