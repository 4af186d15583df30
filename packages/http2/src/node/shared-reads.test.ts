// Which sockets can read into the shared buffer, and that those which cannot are left as they were.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, Socket } from "node:net";
import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { findReadSlots, readIntoSharedBuffer, sharedReadBuffer } from "./shared-reads.js";

const ignore = (): void => {};

it("finds the fields by the names that Node.js gives them", () => {
  const [buffer, callback] = [Symbol("kBuffer"), Symbol("kBufferCb")];
  expect(findReadSlots([Symbol("x"), callback, buffer])).toEqual({ buffer, callback });
  expect(findReadSlots([buffer])).toBeNull();
  expect(findReadSlots([callback])).toBeNull();
});

it.each<[string, () => object]>([
  ["a stream that is no socket", () => new PassThrough()],
  ["a socket that is not connected", () => new Socket()],
  [
    "a socket with something read already",
    () => {
      const socket = new Socket();
      socket.unshift("early");
      return socket;
    },
  ],
])("leaves %s alone", (_, open) => {
  expect(readIntoSharedBuffer(open(), ignore)).toBe(false);
});

it("has an accepted socket read into the buffer, in order, to its end", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [socket] = (await once(server, "connection")) as [Socket];
  const text: string[] = [];
  const buffers = new Set<unknown>();
  const isShared = readIntoSharedBuffer(socket, (bytes) => {
    text.push(Buffer.from(bytes).toString());
    buffers.add(bytes.buffer);
  });
  expect(isShared).toBe(true);
  client.end("to be read");
  await once(socket, "end");
  expect(text.join("")).toBe("to be read");
  expect([...buffers]).toEqual([sharedReadBuffer().buffer]);
  client.destroy();
  socket.destroy();
  server.close();
});
