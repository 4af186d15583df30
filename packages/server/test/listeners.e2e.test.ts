// Listening sockets: TCP, unix-domain, TLS; what is told to those who speak something else.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { silentLog, tlsServerCredentials } from "@trunkline/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createServer, type Server } from "../src/server.js";
import { makeCertificates } from "./certificates.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { connectTcp, RawClient } from "./raw-client.js";

const { unary } = TestService.method;
let server: Server;
const sockets: { destroy(): unknown }[] = [];

beforeEach(() => {
  server = createServer({ log: silentLog });
  server.addService(TestService, {
    unary: (_request, { peer }) => ({
      text: JSON.stringify({ ...peer, address: peer.address, tls: peer.tls }),
    }),
  });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.shutdown({ graceMs: 0 });
});

/** Asks the server who is calling. */
async function askPeer(client: RawClient): Promise<Record<string, never>> {
  sockets.push({ destroy: () => client.close() });
  const { messages, code } = await client.call(unary, [{}]);
  expect(code).toBe(0);
  return JSON.parse(messages[0]!.text);
}

/** Sends text, and reads until the server closes. */
async function talk(port: number, ...texts: string[]): Promise<string> {
  const socket: Socket = connect({ host: "127.0.0.1", port });
  sockets.push(socket);
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  await once(socket, "connect");
  for (const text of texts) await new Promise((resolve) => socket.write(text, resolve));
  await once(socket, "close");
  return answer;
}

test("several listeners, IPv4 and IPv6, each on a free port", async () => {
  const four = await server.listen({ host: "127.0.0.1", port: 0 });
  const six = await server.listen({ host: "::1" });
  expect(four).toEqual({ host: "127.0.0.1", port: four.port, address: `127.0.0.1:${four.port}` });
  expect(six.address).toBe(`[::1]:${six.port}`);
  const peer = await askPeer(await connectTcp(four.port));
  expect(peer).toEqual({ address: `127.0.0.1:${peer.port}`, port: expect.any(Number) });
  const other = await askPeer(await connectTcp(six.port, "::1"));
  expect(other.address).toMatch(/^\[::1\]:\d+$/);
});

test("a unix-domain socket", async () => {
  const folder = mkdtempSync(join(tmpdir(), "trunkline-"));
  const path = join(folder, "s.sock");
  const { address, port } = await server.listen({ path });
  expect([address, port]).toEqual([`unix:${path}`, 0]);
  const socket = connect(path);
  await once(socket, "connect");
  expect((await askPeer(new RawClient(socket))).address).toBe("unix:");
  await server.shutdown({ graceMs: 0 });
  rmSync(folder, { recursive: true });
});

test("a unix-domain socket that a killed process left behind is replaced, a live one is not", async () => {
  const folder = mkdtempSync(join(tmpdir(), "trunkline-"));
  const path = join(folder, "s.sock");
  const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  await once(spawn(process.execPath, ["-e", script]), "exit");
  await server.listen({ path });
  const other = createServer();
  await expect(other.listen({ path })).rejects.toThrow(`cannot listen on unix:${path}`);
  await other.shutdown();
  await server.shutdown({ graceMs: 0 });
  rmSync(folder, { recursive: true });
});

test.runIf(process.platform === "linux")("an abstract socket of Linux", async () => {
  const name = `trunkline-${process.pid}`;
  const { address } = await server.listen({ path: `\0${name}` });
  expect(address).toBe(`unix-abstract:${name}`);
  await expect(server.listen({ path: `\0${name}` })).rejects.toThrow(
    `cannot listen on unix-abstract:${name}: this server does so already`,
  );
  const socket = connect(`\0${name}`);
  await once(socket, "connect");
  expect((await askPeer(new RawClient(socket))).address).toBe("unix:");
});

test("a port that is taken is named, whoever has it", async () => {
  const { port, address } = await server.listen();
  const other = createServer();
  await expect(other.listen({ port })).rejects.toMatchObject({
    message: `cannot listen on ${address}: the address is in use already (EADDRINUSE)`,
    code: "EADDRINUSE",
  });
  await expect(server.listen({ port })).rejects.toMatchObject({
    name: "UsageError",
    message: `cannot listen on ${address}: this server does so already`,
  });
  await other.shutdown();
});

test.each([
  [{ port: 70_000 }, "70000"],
  [{ port: 1.5 }, "1.5"],
  [{ path: "/a", port: 1 }, "not both"],
  [{ credentials: { kind: "insecure" } as never }, "insecure"],
])("options that cannot work are refused: %j", async (options, word) => {
  await expect(server.listen(options)).rejects.toMatchObject({
    name: "UsageError",
    message: expect.stringContaining(word),
  });
});

test.each([
  ["GET / HTTP/1.1\r\nhost: x\r\n\r\n"],
  ["P", "OST /a/b HTTP/1.1\r\n\r\n"],
  ["OPTIONS * HTTP/1.1\r\n\r\n"],
])("HTTP/1.1 is answered in HTTP/1.1 and closed: %j %j", async (...texts) => {
  const { port } = await server.listen();
  const answer = await talk(port, ...texts);
  const [head, body] = answer.split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1\.1 505 HTTP Version Not Supported\r\n/);
  expect(head).toContain(`content-length: ${body?.length}`);
  expect(body).toContain("HTTP/2");
});

test("HEAD is answered without a body", async () => {
  const { port } = await server.listen();
  expect((await talk(port, "HEAD / HTTP/1.1\r\n\r\n")).endsWith("\r\n\r\n")).toBe(true);
});

test("garbage is closed, and a preface in pieces is none", async () => {
  const { port } = await server.listen();
  await talk(port, "\x16\x03\x01\x02\x00garbage");
  await talk(port, "PRIX");
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  const write = socket.write.bind(socket);
  // Every write of the client goes out byte by byte.
  socket.write = ((bytes: Uint8Array, done?: () => void) => {
    for (const byte of bytes) write(Uint8Array.of(byte));
    return write(new Uint8Array(0), done);
  }) as typeof socket.write;
  await askPeer(new RawClient(socket));
});

test("shutdown does not wait for connections that say nothing", async () => {
  const { port } = await server.listen();
  const socket = connect({ host: "127.0.0.1", port });
  sockets.push(socket);
  await once(socket, "connect");
  const begun = performance.now();
  await Promise.all([server.shutdown(), once(socket, "close")]);
  expect(performance.now() - begun).toBeLessThan(1400);
});

const certificates = makeCertificates();

async function connectSecurely(port: number, options: ConnectionOptions = {}): Promise<RawClient> {
  const socket = connectTls({
    host: "127.0.0.1",
    port,
    servername: "localhost",
    ca: certificates.ca,
    ALPNProtocols: ["h2"],
    ...options,
  });
  sockets.push(socket);
  await once(socket, "secureConnect");
  return new RawClient(socket);
}

test("TLS", async () => {
  const credentials = tlsServerCredentials(certificates.server);
  const { port } = await server.listen({ credentials });
  const { tls } = await askPeer(await connectSecurely(port));
  expect(tls).toMatchObject({ protocol: "TLSv1.3", authorized: false });
  await expect(
    connectSecurely(port, { maxVersion: "TLSv1.1", minVersion: "TLSv1" }),
  ).rejects.toThrow();
  await expect(connectSecurely(port, { ALPNProtocols: ["http/1.1"] })).rejects.toThrow();
  const older = await askPeer(await connectSecurely(port, { maxVersion: "TLSv1.2" }));
  expect(older.tls).toMatchObject({ protocol: "TLSv1.2" });
});

test("TLS without ALPN is told why in HTTP/1.1", async () => {
  const { port } = await server.listen({ credentials: tlsServerCredentials(certificates.server) });
  const socket = connectTls({
    host: "127.0.0.1",
    port,
    servername: "localhost",
    ca: certificates.ca,
  });
  sockets.push(socket);
  const [chunk] = await once(socket, "data");
  expect(String(chunk)).toMatch(/^HTTP\/1\.1 505/);
  await once(socket, "close");
});

test("mutual TLS: the peer is known by its certificate, and without one there is no call", async () => {
  const credentials = tlsServerCredentials({ ...certificates.server, ca: certificates.ca });
  const { port } = await server.listen({ credentials });
  const { tls } = await askPeer(await connectSecurely(port, certificates.client));
  expect(tls).toMatchObject({
    authorized: true,
    commonName: "client",
    subject: { CN: "client" },
    subjectAltName: "DNS:client.test, URI:spiffe://test/client",
    subjectAltNames: ["DNS:client.test", "URI:spiffe://test/client"],
    fingerprint256: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
  });
  // In TLS 1.3 the client learns only afterwards that it was turned away.
  const refused = await connectSecurely(port);
  expect(await refused.closed).toContain("ended");
});

test("a key that does not fit the certificate is told by listen", async () => {
  const credentials = tlsServerCredentials({
    ...certificates.server,
    key: certificates.client.key,
  });
  await expect(server.listen({ credentials })).rejects.toThrow("TLS certificate and key");
});
