// The servers and channels of the guide to logs: what their logs say.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Channel, Code, createChannel, createClient } from "@trunkline/client";
import { RpcError, type Server } from "@trunkline/server";
import { pino } from "pino";
import { afterEach, expect, it } from "vitest";
import { createRecordedServer, describeLog } from "./binary-log.js";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";
import {
  createLoggedChannel,
  createLoggedServer,
  createSamplingServer,
  createTalkativeServer,
} from "./logging.js";

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function memoryPino() {
  const lines: Record<string, unknown>[] = [];
  const write = (text: string): void => void lines.push(JSON.parse(text));
  return { lines, logger: pino({ level: "debug" }, { write }) };
}

async function start(server: Server): Promise<string> {
  server.addService(GreeterService, {
    sayHello({ name }) {
      if (name === "") throw new RpcError(Code.INVALID_ARGUMENT, "the name is empty");
      return { greeting: `Hello, ${name}!` };
    },
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  closing.push(() => server.shutdown({ graceMs: 0 }));
  return `127.0.0.1:${port}`;
}

async function greet(channel: Channel, names: readonly string[]): Promise<void> {
  closing.unshift(() => channel.close());
  const client = createClient(GreeterService, channel);
  for (const name of names) await client.sayHello({ name }).catch(() => undefined);
}

it("failures are logged, on both ends", async () => {
  const server = memoryPino();
  const client = memoryPino();
  const target = await start(createLoggedServer(server.logger));
  await greet(createLoggedChannel(target, client.logger), ["Ann", ""]);
  const line = { msg: "finished call", "grpc.method": "SayHello", "grpc.code": "INVALID_ARGUMENT" };
  const calls = (lines: readonly Record<string, unknown>[]) =>
    lines.filter(({ protocol }) => protocol === "grpc");
  expect(calls(server.lines)).toMatchObject([{ level: 30, ...line }]);
  expect(calls(client.lines)).toMatchObject([{ level: 20, ...line, "peer.address": target }]);
});

it("all failures are in the log of the server that samples", async () => {
  const { lines, logger } = memoryPino();
  const target = await start(createSamplingServer(logger));
  await greet(createChannel(target), ["", "", ""]);
  expect(lines).toHaveLength(3);
});

it("messages are logged without the field that was named", async () => {
  const { lines, logger } = memoryPino();
  const target = await start(createTalkativeServer(logger));
  await greet(createChannel(target), ["Ann"]);
  expect(lines).toMatchObject([
    { msg: "request received", "grpc.request.content": { name: "[redacted]" } },
    { msg: "response sent", "grpc.response.content": { greeting: "Hello, Ann!" } },
  ]);
});

it("calls are in the binary log, entry by entry", async () => {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-example-"));
  closing.push(() => rm(folder, { recursive: true }));
  const path = join(folder, "calls.binlog");
  const { server, sink } = await createRecordedServer(path);
  await greet(createChannel(await start(server)), ["Ann"]);
  await server.shutdown({ graceMs: 1000 });
  await sink.close();
  const lines = await describeLog(path);
  expect(lines).toHaveLength(6);
  expect(lines[0]).toMatch(
    / server CLIENT_HEADER \/trunkline.examples.hello.v1.GreeterService\/SayHello /,
  );
  expect(lines[5]).toMatch(/ server SERVER_TRAILER OK$/);
});
