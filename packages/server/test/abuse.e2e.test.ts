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
import { connectTcp, RawClient } from "./raw-client.js";

const { unary } = TestService.method;
const host = "127.0.0.1";
const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server.shutdown({ graceMs: 0 });
});

function start(options: ServerOptions): Server {
  const server = createServer({ log: silentLog, ...options });
  server.addService(TestService, { unary: () => ({ text: "answer" }) });
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
