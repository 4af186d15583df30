// Connections bound to the two ends of an in-memory pair: calls, large bodies, a clean end.
import { expect, test, vi } from "vitest";
import {
  bindDuplex,
  type Connection,
  type ConnectionCloseReason,
  createMemoryLink,
  createMemoryPair,
  type StreamSink,
} from "../src/index.js";
import { defer, echoSink, request, sinkWith } from "./echo.js";

test.each([
  ["pair", createMemoryPair],
  ["link", createMemoryLink],
])("a call of 3 MiB each way over the memory %s, then a drain", async (_kind, create) => {
  const [near, far] = create();
  const serverClosed = defer<ConnectionCloseReason>();
  const clientClosed = defer<ConnectionCloseReason>();
  const server: Connection = bindDuplex(far, {
    role: "server",
    sink: echoSink(() => server, serverClosed.resolve),
  });
  const client = bindDuplex(near, { role: "client", sink: sinkWith(clientClosed.resolve) });
  const body = new Uint8Array(3 << 20).map((_, i) => i * 7);
  let received = 0;
  const done = defer<void>();
  const sink: StreamSink = {
    headersReceived() {},
    dataReceived(bytes) {
      for (const octet of bytes) if (octet !== ((received++ * 7) & 255)) done.reject(octet);
      client.consume(id, bytes.length);
    },
    trailersReceived: () => done.resolve(),
    streamReset: (reason) => done.reject(new Error(reason.message)),
    writable() {},
  };
  const id: number = client.openStream(request, false, sink, 0);
  client.sendData(id, body, true);
  await done.promise;
  expect(received).toBe(body.length);
  client.drain(0);
  expect((await clientClosed.promise).code).toBe(0);
  expect((await serverClosed.promise).code).toBe(0);
});

test("a peer that never reads is cut off one second after the end", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const [near, far] = createMemoryPair();
    const serverClosed = defer<ConnectionCloseReason>();
    const server: Connection = bindDuplex(far, {
      role: "server",
      sink: echoSink(() => server, serverClosed.resolve),
    });
    const destroyed = new Promise((resolve) => far.on("close", resolve));
    for (let i = 0; i < 50; i++) server.ping(0);
    while (far.writableLength < 16_384) far.write(new Uint8Array(8192));
    server.goAway(0);
    await serverClosed.promise;
    for (let i = 0; i < 10; i++) await new Promise((turn) => setImmediate(turn));
    expect(far.destroyed).toBe(false);
    vi.advanceTimersByTime(1100);
    await destroyed;
    near.destroy();
  } finally {
    vi.useRealTimers();
  }
});

test("a sink that throws ends its own connection only", async () => {
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
  const [near, far] = createMemoryPair();
  const clientClosed = defer<ConnectionCloseReason>();
  const client = bindDuplex(near, { role: "client", sink: sinkWith(clientClosed.resolve) });
  bindDuplex(far, { role: "server", sink: sinkWith(() => {}) });
  const closed = new Promise((resolve) => near.on("close", resolve));
  const reset = defer<string>();
  const sink: StreamSink = {
    headersReceived() {},
    dataReceived() {},
    trailersReceived() {},
    streamReset: (reason) => reset.resolve(reason.message),
    writable() {},
  };
  client.openStream(request, true, sink, 0);
  expect(await reset.promise).toContain("INTERNAL_ERROR");
  expect((await clientClosed.promise).code).toBe(2);
  expect((await warned).message).toContain("nobody opens streams to a client");
  await closed;
});

test("what was read before the binding comes before what the transport brings in the same turn", async () => {
  const [near] = createMemoryPair();
  const settled = defer<boolean>();
  const closed = defer<ConnectionCloseReason>();
  const sink = sinkWith(closed.resolve);
  sink.settingsReceived = (_, first) => settled.resolve(first);
  const settings = Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0);
  const firstBytes = settings.subarray(0, 4);
  const connection = bindDuplex(near, { role: "client", sink, firstBytes });
  near.emit("data", settings.subarray(4));
  expect(await settled.promise).toBe(true);
  connection.goAway(0);
  expect((await closed.promise).source).toBe("local");
});
