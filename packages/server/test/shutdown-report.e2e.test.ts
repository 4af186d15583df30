// The end of a server step by step: what is told to whom, in which order, and the report of it.
import { once } from "node:events";
import { connect } from "node:net";
import { silentLog } from "@trunkline/core";
import { Health } from "@trunkline/core/health";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createServer, type Server } from "../src/server.js";
import { addHealth } from "../src/services/health/health.js";
import { FramePeer } from "./frame-peer.js";
import { Gate } from "./gate.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { connectTcp, type RawClient } from "./raw-client.js";

const { unary } = TestService.method;
const path = `/${TestService.typeName}/${unary.name}`;
const log = { ...silentLog, info: vi.fn(), warn: vi.fn() };
let server: Server;
let gate: Gate;
let heedsSignal: boolean;
const clients: RawClient[] = [];

beforeEach(() => {
  gate = new Gate();
  heedsSignal = true;
  log.info.mockClear();
  log.warn.mockClear();
  server = createServer({ log });
  server.addService(TestService, {
    unary: async (_request, { signal }) => {
      const isOver = new Promise<void>((resolve) => {
        if (heedsSignal) signal.addEventListener("abort", () => resolve());
      });
      await Promise.race([gate.wait(), isOver]);
      return { text: "answer" };
    },
  });
});

afterEach(async () => {
  gate.open();
  for (const client of clients.splice(0)) client.close();
  await server.shutdown({ graceMs: 0 });
});

async function dial(): Promise<RawClient> {
  const { port } = server.addresses[0] ?? (await server.listen());
  const client = await connectTcp(port);
  clients.push(client);
  return client;
}

test("nothing to do: a report of nothing", async () => {
  await server.listen();
  const report = await server.shutdown({ reason: "test" });
  expect(report).toMatchObject({
    reason: "test",
    connections: 0,
    cutConnections: 0,
    finishedCalls: 0,
    cutCalls: [],
    cutCallCount: 0,
    handlersLeft: 0,
    hooks: [],
  });
  expect(log.info).toHaveBeenCalledWith(
    "the server has ended",
    expect.objectContaining(report && { reason: "test" }),
  );
});

test("calls that finish, and the connection that waited for them", async () => {
  const client = await dial();
  const call = client.call(unary, [{}]);
  await gate.entered;
  const ended = server.shutdown();
  gate.open();
  expect((await call).code).toBe(0);
  expect(await ended).toMatchObject({ connections: 1, cutConnections: 0, finishedCalls: 1 });
});

test("calls that do not: which, whose, how old, how they ended", async () => {
  const client = await dial();
  const call = client.call(unary, [{}]).catch(() => {});
  await gate.entered;
  const peer = server.connections()[0]!.peer.address;
  const report = await server.shutdown({ graceMs: 20 });
  expect(report).toMatchObject({ connections: 1, cutConnections: 1, cutCallCount: 1 });
  expect(report.cutCalls).toEqual([
    { method: path, peer, ageMs: expect.any(Number), status: "CANCELLED" },
  ]);
  expect(report.cutCalls[0]!.ageMs).toBeGreaterThanOrEqual(19);
  expect(report.phases.drainMs).toBeGreaterThanOrEqual(19);
  expect(log.warn).toHaveBeenCalledWith(
    "the server has ended, and calls were cut off",
    expect.objectContaining({ cutCallCount: 1, cutCalls: report.cutCalls }),
  );
  await call;
});

test("handlers that do not heed the signal are counted", async () => {
  heedsSignal = false;
  const client = await dial();
  const call = client.call(unary, [{}]).catch(() => {});
  await gate.entered;
  const report = await server.shutdown({ graceMs: 0 });
  expect(report).toMatchObject({ cutCallCount: 1, handlersLeft: 1 });
  await call;
});

test("a lame duck: health says so, connections and calls are taken, then comes GOAWAY", async () => {
  addHealth(server);
  const client = await dial();
  const { port } = server.addresses[0]!;
  gate.open();
  const order: string[] = [];
  const leave = new Gate();
  const ended = server.shutdown({
    lameDuckMs: 60,
    before: [
      {
        name: "leave",
        run: async () => {
          order.push("before");
          await leave.wait();
        },
      },
    ],
    after: [{ name: "close", run: () => void order.push("after") }],
  });
  const { messages } = await client.call(Health.method.check, [{ service: "" }]);
  expect(messages[0]!.status).toBe(2);
  const late = await connectTcp(port);
  clients.push(late);
  expect((await late.call(unary, [{}])).code).toBe(0);
  await leave.entered;
  expect((await late.call(unary, [{}])).code).toBe(0);
  leave.open();
  const report = await ended;
  expect(order).toEqual(["before", "after"]);
  expect(report.hooks).toEqual([
    {
      name: "leave",
      when: "before",
      durationMs: expect.any(Number),
      outcome: "done",
      error: undefined,
    },
    {
      name: "close",
      when: "after",
      durationMs: expect.any(Number),
      outcome: "done",
      error: undefined,
    },
  ]);
  expect(report.phases.lameDuckMs).toBeGreaterThanOrEqual(59);
  expect(report).toMatchObject({ connections: 2, cutConnections: 0 });
});

test("hooks that fail, and hooks that take too long, hold nothing up", async () => {
  const error = new Error("no");
  const never = new Promise<void>(() => {});
  const report = await server.shutdown({
    before: [
      { name: "throws", run: () => Promise.reject(error) },
      { name: "hangs", run: () => never, timeoutMs: 10 },
    ],
    after: [{ name: "hangs too", run: () => never, timeoutMs: 10 }],
  });
  expect(report.hooks.map(({ name, outcome }) => [name, outcome])).toEqual([
    ["throws", "failed"],
    ["hangs", "timed out"],
    ["hangs too", "timed out"],
  ]);
  expect(report.hooks[0]!.error).toBe(error);
});

test("who is in a hurry does not wait for the lame duck", async () => {
  await dial();
  const ended = server.shutdown({ lameDuckMs: 60_000, before: [{ name: "x", run: () => {} }] });
  await server.shutdown({ graceMs: 0 });
  expect((await ended).durationMs).toBeLessThan(10_000);
});

test("who has just connected is told to leave as well, rather than cut off", async () => {
  const { port } = await server.listen();
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  await vi.waitFor(() => expect(server.stats().acceptedConnections).toBe(1));
  const ended = server.shutdown();
  const peer = new FramePeer(socket);
  peer.greet();
  expect(await peer.until("GOAWAY")).toContain("NO_ERROR");
  socket.destroy();
  expect((await ended).connections).toBe(1);
});

test.each([
  [{ lameDuckMs: -1 }, "lameDuckMs must be from 0 to 2147483647, not -1"],
  [{ before: [{ name: "x", run: () => {}, timeoutMs: 0 }] }, 'hook "x" must have timeoutMs from 1'],
  [{ after: [{ name: "x" }] }, "shutdown after takes hooks"],
])("%j is refused", (options, message) => {
  expect(() => server.shutdown(options as never)).toThrow(message);
});
