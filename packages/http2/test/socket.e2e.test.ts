// Connections bound to real sockets, plain and TLS: calls, back-pressure, and every way to end.
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import {
  bindDuplex,
  type Connection,
  type ConnectionCloseReason,
  connectSocket,
  type Sink,
  type StreamSink,
} from "../src/index.js";
import { type Deferred, defer, echoSink, request, sinkWith } from "./echo.js";
import { certificate, privateKey } from "./fixtures/certificate.js";

const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) {
    await new Promise((closed) => server.close(closed));
  }
});

interface Ends {
  readonly client: Connection;
  readonly server: Promise<Connection>;
  readonly clientSocket: Socket;
  readonly clientClosed: Deferred<ConnectionCloseReason>;
  readonly serverClosed: Deferred<ConnectionCloseReason>;
}

async function start(tls: boolean, makeSink: SinkMaker = echoSink): Promise<Ends> {
  const accepted = defer<Connection>();
  const serverClosed = defer<ConnectionCloseReason>();
  const clientClosed = defer<ConnectionCloseReason>();
  const onSocket = (socket: Socket): void => {
    sockets.push(socket);
    const connection: Connection = bindDuplex(socket, {
      role: "server",
      sink: makeSink(() => connection, serverClosed.resolve),
    });
    accepted.resolve(connection);
  };
  const server = tls
    ? createTlsServer({ cert: certificate, key: privateKey, ALPNProtocols: ["h2"] }, onSocket)
    : createServer(onSocket);
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const options = { port, host: "127.0.0.1", ALPNProtocols: ["h2"], ca: certificate };
  const clientSocket = tls
    ? connectTls({ ...options, servername: "localhost" })
    : connectSocket(options);
  sockets.push(clientSocket);
  const sink = sinkWith(clientClosed.resolve);
  const client = bindDuplex(clientSocket, { role: "client", sink });
  return { client, server: accepted.promise, clientSocket, clientClosed, serverClosed };
}
type SinkMaker = (
  connection: () => Connection,
  closed: (reason: ConnectionCloseReason) => void,
) => Sink;

/** Calls with a body and resolves with what came back. */
function call(client: Connection, body: Uint8Array): Promise<Uint8Array> {
  const { promise, resolve, reject } = defer<Uint8Array>();
  const chunks: Uint8Array[] = [];
  const sink: StreamSink = {
    headersReceived() {},
    dataReceived(bytes) {
      chunks.push(bytes.slice());
      client.consume(id, bytes.length);
    },
    trailersReceived: () => resolve(Buffer.concat(chunks)),
    streamReset: (reason) => reject(new Error(reason.message)),
    writable() {},
  };
  const id: number = client.openStream(request, false, sink, 0);
  client.sendData(id, body, true);
  return promise;
}

describe.each([
  ["net", false],
  ["tls", true],
])("over %s", (_name, tls) => {
  test("many calls at a time, small and large", async () => {
    const { client, clientClosed, serverClosed } = await start(tls);
    const sizes = [0, 1, 100, 9000, 20_000, 70_000, 300_000, 2_000_000];
    const bodies = sizes.map((size) => new Uint8Array(size).map((_, i) => i ^ size));
    const answers = await Promise.all(bodies.map((body) => call(client, body)));
    for (const [i, answer] of answers.entries()) expect(Buffer.compare(answer, bodies[i]!)).toBe(0);
    for (let i = 0; i < 50; i++) expect((await call(client, bodies[2]!)).length).toBe(100);
    client.drain(0);
    expect((await clientClosed.promise).message).toContain("drained");
    expect((await serverClosed.promise).code).toBe(0);
  });

  test("a server drains: the call finishes, then both ends close", async () => {
    const { client, server, clientClosed, serverClosed, clientSocket } = await start(tls);
    await call(client, new Uint8Array(10));
    const ended = new Promise((resolve) => clientSocket.on("close", resolve));
    (await server).drain(performance.now());
    expect((await clientClosed.promise).source).toBe("peer");
    expect((await serverClosed.promise).code).toBe(0);
    await ended;
  });

  test("a lost socket ends the calls", async () => {
    const { client, server, clientClosed } = await start(tls, silentSink);
    await server;
    const answer = call(client, new Uint8Array(10));
    for (const socket of sockets.splice(0)) socket.destroy();
    await expect(answer).rejects.toThrow(/connection ended/);
    expect((await clientClosed.promise).source).toBe("transport");
  });
});

/** A server that reads nothing and answers nothing. */
function silentSink(
  _connection: () => Connection,
  closed: (r: ConnectionCloseReason) => void,
): Sink {
  const stream: StreamSink = {
    headersReceived() {},
    dataReceived() {},
    trailersReceived() {},
    streamReset() {},
    writable() {},
  };
  return { ...sinkWith(closed), streamOpened: () => stream };
}

test("a server whose application does not read stops the client at the window", async () => {
  const full = defer<void>();
  let held = 0;
  const { client, server } = await start(false, (connection, closed) => {
    const sink = silentSink(connection, closed);
    const stream = sink.streamOpened(0, { fields: [], listBytes: 0, memo: undefined }, false);
    stream.dataReceived = (bytes) => {
      held += bytes.length;
      if (held >= 1_048_576) full.resolve();
    };
    return { ...sink, streamOpened: () => stream };
  });
  const ended = defer<void>();
  let sent = 0;
  const sink: StreamSink = {
    headersReceived() {},
    dataReceived() {},
    trailersReceived() {},
    streamReset: () => ended.resolve(),
    writable: () => {
      let goOn = true;
      while (goOn) {
        goOn = client.sendData(id, new Uint8Array(65_536), false);
        sent += 65_536;
      }
    },
  };
  const id: number = client.openStream(request, false, sink, 0);
  sink.writable();
  await full.promise;
  // A turn later nothing has moved: the rest waits in the client's bounded queue.
  await new Promise((turn) => setImmediate(turn));
  expect(held).toBe(1_048_576);
  expect(sent - held).toBeLessThanOrEqual(3 * 65_536);
  expect((await server).activeStreams).toBe(1);
  client.goAway(0);
  await ended.promise;
});

test("bytes that are not HTTP/2 are answered with GOAWAY and a close", async () => {
  const { clientSocket, server } = await start(false);
  await server;
  const { port } = servers[0]!.address() as AddressInfo;
  clientSocket.destroy();
  const raw = connect({ port, host: "127.0.0.1" });
  sockets.push(raw);
  raw.write("GET / HTTP/1.1\r\n\r\n");
  const chunks: Buffer[] = [];
  for await (const chunk of raw) chunks.push(chunk);
  expect(Buffer.concat(chunks).includes("no HTTP/2 connection preface")).toBe(true);
});

test("bytes read before the binding come first", async () => {
  const { createMemoryPair } = await import("../src/index.js");
  const [near, far] = createMemoryPair();
  const client = bindDuplex(near, { role: "client", sink: sinkWith(() => {}) });
  const answer = call(client, new Uint8Array(100));
  far.once("data", (firstBytes: Uint8Array) => {
    far.pause();
    const sink = echoSink(
      () => server,
      () => {},
    );
    const server: Connection = bindDuplex(far, { role: "server", sink, firstBytes });
    far.resume();
  });
  expect((await answer).length).toBe(100);
  const closed = new Promise((resolve) => near.on("close", resolve));
  client.drain(0);
  await closed;
});
