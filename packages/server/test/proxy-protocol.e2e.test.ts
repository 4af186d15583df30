// Connections that come through proxies which say for whom: plaintext and TLS, who is believed, who is refused.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { silentLog, tlsServerCredentials } from "@trunkline/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ProxyProtocolOptions } from "../src/listener/proxy-protocol/options.js";
import { createServer, type Server } from "../src/server.js";
import { makeCertificates } from "./certificates.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { RawClient } from "./raw-client.js";

const { unary } = TestService.method;
const certificates = makeCertificates();
const tls = tlsServerCredentials({ ...certificates.server });
const line = "PROXY TCP4 192.0.2.7 198.51.100.9 40000 443\r\n";
const local = Buffer.from("\r\n\r\n\0\r\nQUIT\n\x20\x00\0\0", "latin1");
const trusted = ["127.0.0.0/8"];
let server: Server;
const sockets: { destroy(): unknown }[] = [];

beforeEach(() => {
  server = createServer({ log: silentLog });
  server.addService(TestService, {
    unary: (_request, { peer }) => ({
      text: JSON.stringify([peer.address, peer.port, peer.localAddress, peer.proxy?.address]),
    }),
  });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.shutdown({ graceMs: 0 });
});

async function dial(proxyProtocol: ProxyProtocolOptions, isTls = false): Promise<Socket> {
  const credentials = isTls ? { credentials: tls } : {};
  const { port } = await server.listen({ proxyProtocol, ...credentials });
  const socket = connect({ host: "127.0.0.1", port });
  sockets.push(socket);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

async function askPeer(socket: Socket): Promise<unknown[]> {
  const { messages, code } = await new RawClient(socket).call(unary, [{}]);
  expect(code).toBe(0);
  return JSON.parse(messages[0]!.text);
}

const proxyOf = (socket: Socket): string => `127.0.0.1:${socket.localPort}`;

test("the client that the proxy names is the peer, and the proxy is kept", async () => {
  const socket = await dial({ trusted });
  socket.write(line);
  const expected = ["192.0.2.7:40000", 40_000, "198.51.100.9:443", proxyOf(socket)];
  expect(await askPeer(socket)).toEqual(expected);
  expect(server.connections()[0]?.peer.address).toBe("192.0.2.7:40000");
});

test("a header that comes octet by octet, with the preface close behind", async () => {
  const socket = await dial({ trusted });
  for (const octet of line) await new Promise((resolve) => socket.write(octet, resolve));
  expect((await askPeer(socket))[0]).toBe("192.0.2.7:40000");
});

test("before TLS", async () => {
  const socket = await dial({ trusted }, true);
  socket.write(line);
  const secure = connectTls({
    socket,
    ca: certificates.ca,
    ALPNProtocols: ["h2"],
    servername: "localhost",
  });
  sockets.push(secure);
  await once(secure, "secureConnect");
  expect((await askPeer(secure)).slice(0, 2)).toEqual(["192.0.2.7:40000", 40_000]);
});

/** The same socket, the first bytes of which come behind the header in one piece. */
function behindHeader(socket: Socket): Duplex {
  let header = line;
  socket.on("end", () => duplex.push(null));
  const duplex = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      socket.write(Buffer.concat([Buffer.from(header), chunk]), done);
      header = "";
    },
  });
  socket.on("data", (chunk) => duplex.push(chunk));
  return duplex;
}

test("the header and the ClientHello in one segment", async () => {
  const socket = behindHeader(await dial({ trusted }, true));
  const { ca } = certificates;
  const secure = connectTls({ socket, ca, ALPNProtocols: ["h2"], servername: "localhost" });
  sockets.push(secure);
  await once(secure, "secureConnect");
  expect((await askPeer(secure))[0]).toBe("192.0.2.7:40000");
});

test("a proxy that speaks for itself is the peer", async () => {
  const socket = await dial({ trusted });
  socket.write(local);
  const address = proxyOf(socket);
  expect(await askPeer(socket)).toMatchObject([address, socket.localPort, {}, address]);
});

test("optional: without a header, and from elsewhere", async () => {
  const plain = await dial({ trusted, mode: "optional" });
  expect((await askPeer(plain)).slice(0, 2)).toEqual([proxyOf(plain), plain.localPort]);
  const stranger = await dial({ trusted: ["10.0.0.0/8"], mode: "optional" });
  expect((await askPeer(stranger))[0]).toBe(proxyOf(stranger));
});

test("optional: TLS without a header", async () => {
  const socket = await dial({ trusted, mode: "optional" }, true);
  const secure = connectTls({
    socket,
    ca: certificates.ca,
    ALPNProtocols: ["h2"],
    servername: "localhost",
  });
  sockets.push(secure);
  await once(secure, "secureConnect");
  expect((await askPeer(secure))[0]).toBe(proxyOf(socket));
});

test.each([
  ["a stranger", { trusted: ["10.0.0.0/8"] }, line],
  ["no header", { trusted }, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["a broken header", { trusted }, "PROXY TCP4 x y 1 2\r\n"],
  ["a broken header where it is optional", { trusted, mode: "optional" } as const, "PROXY\x20\r\n"],
])("%s is refused", async (_, options, bytes) => {
  const socket = await dial(options);
  socket.write(bytes);
  await once(socket.resume(), "close");
  expect(server.stats()).toMatchObject({ acceptedConnections: 1, refusedProxyHeaders: 1 });
});

test("a stranger who sends a header where it is optional is not believed", async () => {
  const socket = await dial({ trusted: ["10.0.0.0/8"], mode: "optional" });
  socket.write(line);
  await once(socket.resume(), "close");
  expect(server.stats()).toMatchObject({ protocolErrors: { PROTOCOL_ERROR: 1 } });
});

test("who does not finish the header in time is closed", async () => {
  const socket = await dial({ trusted, timeoutMs: 30 });
  socket.write(line.slice(0, 20));
  await once(socket.resume(), "close");
  expect(server.stats()).toMatchObject({ handshakeTimeouts: 1, refusedProxyHeaders: 0 });
});
