// Turns and timers as the binding plays them: with real immediates and real time, over memory and sockets.
import { type AddressInfo, connect, createServer } from "node:net";
import { expect, test, vi } from "vitest";
import {
  bindDuplex,
  type Connection,
  type ConnectionCloseReason,
  type ConnectionLimits,
  createMemoryPair,
  type StreamSink,
} from "../src/index.js";
import { defer, echoSink, request, sinkWith } from "./echo.js";

interface Pair {
  readonly client: Connection;
  readonly server: Connection;
  readonly clientClosed: Promise<ConnectionCloseReason>;
  readonly serverClosed: Promise<ConnectionCloseReason>;
}

function startPair(serverLimits: Partial<ConnectionLimits>): Pair {
  const [left, right] = createMemoryPair();
  const clientClosed = defer<ConnectionCloseReason>();
  const serverClosed = defer<ConnectionCloseReason>();
  const server: Connection = bindDuplex(right, {
    role: "server",
    limits: serverLimits,
    sink: echoSink(() => server, serverClosed.resolve),
  });
  const client = bindDuplex(left, { role: "client", sink: sinkWith(clientClosed.resolve) });
  return { client, server, clientClosed: clientClosed.promise, serverClosed: serverClosed.promise };
}

/** Calls without a body; resolves with the trailers. */
function call(client: Connection): Promise<void> {
  const { promise, resolve, reject } = defer<void>();
  const sink: StreamSink = {
    headersReceived() {},
    dataReceived() {},
    trailersReceived: () => resolve(),
    streamReset: (reason) => reject(new Error(reason.message)),
    writable() {},
  };
  const id = client.openStream(request, false, sink, performance.now());
  client.sendData(id, new Uint8Array(0), true);
  return promise;
}

test("calls that come in one piece are all answered, 32 at a time", async () => {
  const { client, server, serverClosed } = startPair({});
  await call(client);
  await Promise.all(Array.from({ length: 300 }, () => call(client)));
  expect(server.stats.turnsYielded).toBeGreaterThanOrEqual(9);
  expect(server.stats.streamsOpened).toBe(301);
  client.drain(performance.now());
  await serverClosed;
});

test("a server asks a silent client, which answers, and ends in peace when it has been idle", async () => {
  const limits = { keepaliveTimeMs: 10, maxConnectionIdleMs: 100 };
  const { server, clientClosed, serverClosed } = startPair(limits);
  expect(await clientClosed).toMatchObject({ code: 0, source: "peer" });
  expect(await serverClosed).toMatchObject({ code: 0 });
  expect(server.stats.pingsSent).toBeGreaterThan(1);
  expect(server.stats.rttMs).toBeGreaterThanOrEqual(0);
  expect(server.stats.breached).toBeUndefined();
});

test("a socket that says nothing is told so, and closed", async () => {
  const closed = defer<ConnectionCloseReason>();
  const server = createServer((socket) => {
    const limits = { handshakeTimeoutMs: 20 };
    bindDuplex(socket, { role: "server", limits, sink: sinkWith(closed.resolve) });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  const ended = new Promise((resolve) => socket.on("close", resolve));
  expect(await closed.promise).toMatchObject({ limit: "handshakeTimeoutMs", code: 4 });
  await ended;
  expect(Buffer.concat(chunks).toString()).toContain(
    "the peer's SETTINGS did not come within 20 ms",
  );
  await new Promise((done) => server.close(done));
});

test("a limit of forever sets no timer", async () => {
  const { client, server, serverClosed } = startPair({ keepaliveTimeMs: Number.POSITIVE_INFINITY });
  await call(client);
  await vi.waitFor(() => expect(server.wakeAt()).toBeUndefined());
  client.goAway(0);
  await serverClosed;
});
