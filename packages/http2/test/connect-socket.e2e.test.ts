// Sockets that share one read buffer: nothing is lost before they are bound, and none reads another's bytes.
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import {
  bindDuplex,
  type Connection,
  type ConnectionCloseReason,
  connectSocket,
  type StreamResetReason,
  type StreamSink,
} from "../src/index.js";
import { type Deferred, defer, echoSink, request, sinkWith } from "./echo.js";

const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((closed) => server.close(closed));
});

async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket);
    onSocket(socket);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function open(port: number): Promise<Socket> {
  const socket = connectSocket({ port, host: "127.0.0.1" });
  sockets.push(socket);
  await once(socket, "connect");
  return socket;
}

const answerBytes = 300_000;

/** Counts the octets of an answer by their value. */
class Answer implements StreamSink {
  id = 0;
  readonly marks: Map<number, number> = new Map();
  readonly ended: Deferred<void> = defer();
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  dataReceived(bytes: Uint8Array): void {
    for (const octet of bytes) this.marks.set(octet, (this.marks.get(octet) ?? 0) + 1);
    this.#connection.consume(this.id, bytes.length);
  }

  trailersReceived(): void {
    this.ended.resolve();
  }

  streamReset(reason: StreamResetReason): void {
    this.ended.reject(new Error(reason.message));
  }

  headersReceived(): void {}
  writable(): void {}
}

test("what the server says before the socket is bound is heard", async () => {
  const greeted = defer<void>();
  const port = await listen((socket) => {
    socket.write(Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0), () => greeted.resolve());
    socket.once("data", () => socket.write(Uint8Array.of(0, 0, 0, 4, 1, 0, 0, 0, 0)));
  });
  const socket = await open(port);
  await greeted.promise;
  // Bun does not count these bytes; a thousand turns are enough to have read them.
  for (let turn = 0; socket.bytesRead === 0 && turn < 1000; turn++) {
    await new Promise((next) => setImmediate(next));
  }
  const settled = defer<boolean>();
  const closed = defer<ConnectionCloseReason>();
  const sink = sinkWith(closed.resolve);
  sink.settingsReceived = (_, first) => settled.resolve(first);
  const connection = bindDuplex(socket, { role: "client", sink });
  expect(await settled.promise).toBe(true);
  connection.goAway(0);
  expect((await closed.promise).source).toBe("local");
});

test("sockets at the same time get each their own answer", async () => {
  const port = await listen((socket) => {
    const connection: Connection = bindDuplex(socket, {
      role: "server",
      sink: echoSink(
        () => connection,
        () => {},
      ),
    });
  });
  const all = [1, 2, 3].map(async (mark) => {
    const socket = await open(port);
    const closed = defer<ConnectionCloseReason>();
    const client = bindDuplex(socket, { role: "client", sink: sinkWith(closed.resolve) });
    const answer = new Answer(client);
    answer.id = client.openStream(request, false, answer, performance.now());
    client.sendData(answer.id, new Uint8Array(answerBytes).fill(mark), true);
    await answer.ended.promise;
    client.goAway(0);
    await closed.promise;
    return answer.marks;
  });
  const expected = [1, 2, 3].map((mark) => new Map([[mark, answerBytes]]));
  expect(await Promise.all(all)).toEqual(expected);
});
