// Connections bound to the two ends of an in-memory pair: calls, large bodies, a clean end.
import { expect, test } from "vitest";
import {
  bindDuplex,
  type Connection,
  type ConnectionCloseReason,
  createMemoryPair,
  type StreamSink,
} from "../src/index.js";
import { defer, echoSink, request, sinkWith } from "./echo.js";

test("a call of 3 MiB each way over the memory pair, then a drain", async () => {
  const [near, far] = createMemoryPair();
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
