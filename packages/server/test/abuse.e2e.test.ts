// Clients that take more than their share of connections and handshakes, and what the server counts.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { silentLog, tlsServerCredentials } from "@trunkline/core";
import { afterEach, expect, test } from "vitest";
import { createServer, type Server } from "../src/server.js";
import type { ServerOptions } from "../src/server-options.js";
import { makeCertificates } from "./certificates.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { connectInMemory, connectTcp, RawClient } from "./raw-client.js";

const { unary } = TestService.method;
const large = new Uint8Array(1_048_576);
/** Large answers that have been encoded. */
let encoded = 0;
const largeAnswer = {
  get payload() {
    encoded++;
    return large;
  },
};
const host = "127.0.0.1";
const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server.shutdown({ graceMs: 0 });
  encoded = 0;
});

function start(options: ServerOptions): Server {
  const server = createServer({ log: silentLog, ...options });
  server.addService(TestService, {
    unary: ({ text }) => (text === "large" ? largeAnswer : { text: "answer" }),
  });
  servers.push(server);
  return server;
}

function open(port: number): Socket {
  const socket = connect({ host, port });
  socket.on("error", () => undefined);
  socket.resume();
  sockets.push(socket);
  return socket;
}

test("connections beyond maxConnections are closed; those that are open go on", async () => {
  const server = start({ maxConnections: 2 });
  const { port } = await server.listen();
  const first = await connectTcp(port);
  expect((await first.call(unary, [{}])).code).toBe(0);
  const second = open(port);
  await once(second, "connect");
  await once(open(port), "close");
  expect(server.stats()).toMatchObject({ acceptedConnections: 2, refusedConnections: 1 });
  expect((await first.call(unary, [{}])).code).toBe(0);
  // The place of one that has gone is free again, once the server has noticed.
  second.destroy();
  await expect
    .poll(async () => {
      const third = open(port);
      const refused = server.stats().refusedConnections;
      await once(third, "connect");
      third.write("GET / HTTP/1.1\r\n\r\n");
      await once(third, "close");
      return server.stats().refusedConnections - refused;
    })
    .toBe(0);
  first.close();
});

test("connections beyond maxConnectionsPerAddress are told so; those that are open go on", async () => {
  const server = start({ maxConnectionsPerAddress: 1 });
  const { port } = await server.listen();
  const first = await connectTcp(port);
  expect((await first.call(unary, [{}])).code).toBe(0);
  const second = await connectTcp(port);
  expect(await second.closed).toContain("the peer sent GOAWAY with ENHANCE_YOUR_CALM");
  second.close();
  expect(server.stats()).toMatchObject({ refusedByAddress: 1, openConnections: 1 });
  expect((await first.call(unary, [{}])).code).toBe(0);
  first.close();
  await expect.poll(() => server.stats().openConnections).toBe(0);
  const third = await connectTcp(port);
  expect((await third.call(unary, [{}])).code).toBe(0);
  third.close();
});

test("who says nothing, or half a preface, is let go of in time", async () => {
  const server = start({ handshakeTimeoutMs: 50 });
  const { port } = await server.listen();
  const [silent, slow] = [open(port), open(port)];
  slow.write("P");
  await Promise.all([once(silent, "close"), once(slow, "close")]);
  expect(server.stats().handshakeTimeouts).toBe(2);
});

const certificates = makeCertificates();

test("a TLS handshake that does not begin is let go of, one that fails is counted", async () => {
  const server = start({ handshakeTimeoutMs: 50 });
  const { port } = await server.listen({ credentials: tlsServerCredentials(certificates.server) });
  await once(open(port), "close");
  expect(server.stats()).toMatchObject({ handshakeTimeouts: 1, tlsFailures: 0 });
  const garbage = open(port);
  garbage.write("this is no TLS");
  await once(garbage, "close");
  expect(server.stats()).toMatchObject({ handshakeTimeouts: 1, tlsFailures: 1 });
});

test("limits of the connections are options, and breaking one is counted by its name", async () => {
  expect(() => createServer({ limits: { maxResetRatio: 2 } })).toThrow(
    "limits: maxResetRatio is 2",
  );
  const server = start({ limits: { maxPingStrikes: 0 } });
  const { port } = await server.listen();
  const client = await connectTcp(port);
  await client.call(unary, [{}]);
  client.engine.ping(performance.now());
  await expect.poll(() => server.stats().pingsReceived).toBe(1);
  client.engine.ping(performance.now());
  expect(await client.closed).toContain("ENHANCE_YOUR_CALM");
  expect(server.stats()).toMatchObject({ limitsBroken: { maxPingStrikes: 1 }, streamsOpened: 1 });
});

test("who breaks the protocol is counted by the error code", async () => {
  const server = start({});
  const { port } = await server.listen();
  const socket = open(port);
  socket.write("PRI * HTTP/2.0\r\n\r\nXX");
  await once(socket, "close");
  expect(server.stats().protocolErrors).toEqual({ PROTOCOL_ERROR: 1 });
});

test("TLS renegotiation ends the connection (RFC 9113 s9.2.1)", async () => {
  const server = start({});
  const { port } = await server.listen({ credentials: tlsServerCredentials(certificates.server) });
  const options = { servername: "localhost", ca: certificates.ca, ALPNProtocols: ["h2"] };
  const socket = connectTls({ host, port, maxVersion: "TLSv1.2", ...options });
  sockets.push(socket);
  await once(socket, "secureConnect");
  const client = new RawClient(socket);
  expect((await client.call(unary, [{}])).code).toBe(0);
  socket.renegotiate({}, () => undefined);
  await once(socket, "close");
  expect(server.stats().renegotiations).toBe(1);
});

test("the figures of a server that serves", async () => {
  const server = start({});
  const { port } = await server.listen();
  const client = await connectTcp(port);
  await client.call(unary, [{}]);
  expect(server.stats()).toMatchObject({
    openConnections: 1,
    liveHandlers: 0,
    acceptedConnections: 1,
    refusedConnections: 0,
    handshakeTimeouts: 0,
  });
  client.close();
  await expect.poll(() => server.stats().openConnections).toBe(0);
});

/** 50 calls whose answers of 1 MiB are taken only as far as the windows go. */
async function openLargeCalls(client: RawClient) {
  const calls = Array.from({ length: 50 }, () => client.open(unary, { manualCredit: true }));
  for (const call of calls) {
    call.send({ text: "large" });
    call.end();
  }
  await expect.poll(() => calls.filter((call) => call.unread > 0).length).toBeGreaterThan(0);
  return calls;
}

test("answers of a call each do not pile up for a client that takes none; all come when it does", async () => {
  const server = start({});
  const client = connectInMemory(server, { streamWindowBytes: 65_535 });
  const calls = await openLargeCalls(client);
  expect(server.stats().queuedBytes).toBeLessThan(6 * 1_048_576);
  const taking = setImmediateLoop(() => {
    for (const call of calls) if (call.unread > 0) call.consume();
  });
  const outcomes = await Promise.all(calls.map((call) => call.outcome));
  taking.stop();
  expect(outcomes.map(({ code, messages }) => [code, messages[0]?.payload.length])).toEqual(
    Array(50).fill([0, large.length]),
  );
  client.close();
});

test("answers that wait are not encoded when the connection ends", async () => {
  const server = start({});
  const client = connectInMemory(server, { streamWindowBytes: 65_535 });
  await openLargeCalls(client);
  const before = encoded;
  expect(before).toBeLessThan(10);
  client.close();
  await expect.poll(() => server.stats().openConnections).toBe(0);
  expect(encoded).toBe(before);
});

test("answers that wait make room when the calls before them are cancelled", async () => {
  const server = start({});
  const client = connectInMemory(server, { streamWindowBytes: 65_535 });
  const calls = await openLargeCalls(client);
  for (const call of calls.slice(0, 49)) call.cancel();
  const last = calls[49]!;
  const taking = setImmediateLoop(() => {
    if (last.unread > 0) last.consume();
  });
  expect(await last.outcome).toMatchObject({ code: 0 });
  taking.stop();
  client.close();
});

/** Does something once in each turn of the event loop. */
function setImmediateLoop(turn: () => void): { stop(): void } {
  let isRunning = true;
  const next = (): void => {
    if (!isRunning) return;
    turn();
    setImmediate(next);
  };
  next();
  return {
    stop: () => {
      isRunning = false;
    },
  };
}
