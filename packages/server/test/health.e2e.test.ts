// Health checks over a connection: Check, Watch and List, and what clients are told while the server ends.
import { Code, silentLog } from "@trunkline/core";
import {
  Health as HealthService,
  HealthCheckResponse_ServingStatus as Status,
} from "@trunkline/core/health";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createServer, type Server } from "../src/server.js";
import { addHealth, type Health } from "../src/services/health/health.js";
import { addReflection } from "../src/services/reflection/reflection.js";
import { FramePeer } from "./frame-peer.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { connectInMemory, type RawClient } from "./raw-client.js";

const { check, watch, list } = HealthService.method;
const testName = TestService.typeName;
let server: Server;
let health: Health;
let client: RawClient;

beforeEach(() => {
  server = createServer({ log: silentLog });
  health = addHealth(server, { maxStreams: 4, maxStreamsPerConnection: 3 });
  client = connectInMemory(server);
});
afterEach(async () => {
  client.close();
  await server.shutdown({ graceMs: 0 });
});

async function checked(service: string): Promise<number | string> {
  const { code, messages } = await client.call(check, [{ service }]);
  return code === Code.OK ? messages[0]!.status : code;
}

test("Check knows the server, its services, and what has been set", async () => {
  addReflection(server);
  expect(await checked("")).toBe(Status.SERVING);
  expect(await checked(testName)).toBe(Code.NOT_FOUND);
  server.addService(TestService, {});
  expect(await checked(testName)).toBe(Status.SERVING);
  health.setStatus("", "NOT_SERVING");
  expect(await checked(testName)).toBe(Status.NOT_SERVING);
  health.setStatus(TestService, "SERVING");
  health.setStatus("other", "UNKNOWN");
  const { messages } = await client.call(list, [{}]);
  expect(messages[0]!.statuses).toMatchObject({
    "": { status: Status.NOT_SERVING },
    other: { status: Status.UNKNOWN },
    [testName]: { status: Status.SERVING },
  });
  expect(Object.keys(messages[0]!.statuses)).toHaveLength(3);
  health.clearStatus("other");
  expect(await checked("other")).toBe(Code.NOT_FOUND);
});

test("Watch tells of each change, also of a service that comes later", async () => {
  const call = client.open(watch);
  call.send({ service: testName });
  call.end();
  await call.received(1);
  server.addService(TestService, {});
  await call.received(2);
  health.setStatus("unrelated", "NOT_SERVING");
  health.setStatus(TestService, "NOT_SERVING");
  await call.received(3);
  health.clearStatus(TestService);
  await call.received(4);
  expect(call.messages.map(({ status }) => status)).toEqual([
    Status.SERVICE_UNKNOWN,
    Status.SERVING,
    Status.NOT_SERVING,
    Status.SERVING,
  ]);
  expect(health.watchers).toBe(1);
  call.cancel();
  await expect.poll(() => health.watchers).toBe(0);
});

test("a connection has so many watches and no more, and gets them back", async () => {
  const calls = Array.from({ length: 3 }, () => {
    const call = client.open(watch);
    call.send({});
    call.end();
    return call;
  });
  await Promise.all(calls.map((call) => call.received(1)));
  const refused = await client.call(watch, [{}]);
  expect(refused).toMatchObject({
    code: Code.RESOURCE_EXHAUSTED,
    message: expect.stringContaining("the limit is 3 (the server's maxStreamsPerConnection)"),
  });
  const other = connectInMemory(server);
  const fourth = other.open(watch);
  fourth.send({});
  fourth.end();
  await fourth.received(1);
  expect((await other.call(watch, [{}])).message).toContain(
    "the limit is 4 (the server's maxStreams)",
  );
  calls[0]!.cancel();
  await expect.poll(() => health.watchers).toBe(3);
  other.close();
  await expect.poll(() => health.watchers).toBe(2);
});

test("names that are longer than names are refused", async () => {
  const { code } = await client.call(watch, [{ service: "x".repeat(5000) }]);
  expect(code).toBe(Code.RESOURCE_EXHAUSTED);
});

describe("the end", () => {
  test("is told to watchers before they are told to leave", async () => {
    server.addService(TestService, {});
    const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
    const peer = (await FramePeer.dial(port)).greet();
    peer.showsData = true;
    peer.call(1, "/grpc.health.v1.Health/Watch");
    // Field 1: SERVING is 1, NOT_SERVING 2.
    await peer.until("DATA 1 00000000020801");
    const stopped = server.shutdown({ graceMs: 10_000 });
    // Each of these takes what has come before it: so they have come in this order.
    await peer.until("DATA 1 00000000020802");
    await peer.until("HEADERS 1 grpc-status 14");
    await peer.until(`GOAWAY ${2 ** 31 - 1} NO_ERROR`);
    await peer.until("PING");
    peer.acknowledge();
    expect(await peer.end()).toEqual([expect.stringContaining("GOAWAY 1 NO_ERROR")]);
    await stopped;
    expect(health.statusOf(TestService)).toBe("NOT_SERVING");
    health.resume();
    expect(health.statusOf("")).toBe("NOT_SERVING");
  });

  test("by the application lets watchers stay, and can be taken back", async () => {
    const call = client.open(watch);
    call.send({});
    call.end();
    await call.received(1);
    health.shutdown();
    await call.received(2);
    health.setStatus("", "SERVING");
    expect(await checked("")).toBe(Status.NOT_SERVING);
    health.resume();
    await call.received(3);
    expect(call.messages.map(({ status }) => status)).toEqual([
      Status.SERVING,
      Status.NOT_SERVING,
      Status.SERVING,
    ]);
  });

  test("without any grace is as quick as ever", async () => {
    const call = client.open(watch);
    call.send({});
    call.end();
    await call.received(1);
    await server.shutdown({ graceMs: 0 });
    expect(health.watchers).toBe(0);
  });
});

test.each([
  [() => health.setStatus("", "OK" as never), 'the health status is "OK"'],
  [() => health.setStatus(7 as never, "SERVING"), "the service is 7"],
  [() => addHealth(createServer(), { maxStreams: 0 }), "option maxStreams is 0"],
  [() => addHealth(server), "has been added to this server already"],
])("what cannot be is refused: %#", (misuse, message) => {
  expect(misuse).toThrow(message);
});
