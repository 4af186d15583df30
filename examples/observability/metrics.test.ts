// The example of metrics: what a scrape shows after some calls.
import { createClient } from "@trunkline/client";
import { Registry } from "prom-client";
import { afterEach, expect, it } from "vitest";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";
import {
  answerWithMetrics,
  countWithExemplars,
  createByteCounter,
  createCountedServer,
  followFailures,
  openCountedChannel,
  openMetricsOfAll,
  openMetricsPort,
} from "./metrics.js";

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

it("counts calls of both ends, and shows them on a port", async () => {
  const registry = new Registry();
  const server = createCountedServer(registry);
  closing.push(() => server.shutdown({ graceMs: 0 }));
  server.observe(createByteCounter(registry));
  const other = new Registry();
  countWithExemplars(server, other, () => "4bf92f3577b34da6a3ce929d0e0e4736");
  const lines: string[] = [];
  closing.push(followFailures(lines));
  const { port } = await server.listen();
  const channel = openCountedChannel(`127.0.0.1:${port}`, registry);
  closing.push(() => channel.close());
  const client = createClient(GreeterService, channel);
  await client.sayHello({ name: "Ada" });
  await expect(client.sayHello({ name: "Ada" }, { compression: "gzip" })).resolves.toBeDefined();
  const metrics = await openMetricsPort(registry, 0);
  closing.push(() => metrics.close());
  const text = await (await fetch(`http://127.0.0.1:${metrics.port}/metrics`)).text();
  const of =
    'grpc_type="unary",grpc_service="trunkline.examples.hello.v1.GreeterService",grpc_method="SayHello"';
  expect(text).toContain(`grpc_server_handled_total{${of},grpc_code="OK"} 2`);
  expect(text).toContain(`grpc_client_handled_total{${of},grpc_code="OK"} 2`);
  expect(text).toContain(`grpc_server_handling_seconds_count{${of}} 2`);
  expect(text).toMatch(/greeter_sent_bytes_total\{method="\/trunkline[^"]*"\} \d+/);
  expect(await other.metrics()).toContain(`zone="eu-1",${of}`);
  expect(lines).toEqual([]);
});

it("adds up what workers count", async () => {
  const answers = [1, 2].map(() => {
    const registry = new Registry();
    const server = createCountedServer(registry);
    closing.push(() => server.shutdown({ graceMs: 0 }));
    const reads: (() => unknown)[] = [];
    const worker = { answer: (_: string, read: () => unknown) => reads.push(read) };
    answerWithMetrics(worker as never, registry);
    return reads[0]!;
  });
  const ask = () =>
    Promise.all(answers.map(async (answer, id) => ({ id, figures: await answer() })));
  const metrics = await openMetricsOfAll({ ask } as never, 0);
  closing.push(() => metrics.close());
  const text = await (await fetch(`http://127.0.0.1:${metrics.port}/metrics`)).text();
  expect(text).toContain('grpc_method="SayHello",grpc_code="OK"} 0');
});
