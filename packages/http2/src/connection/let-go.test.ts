// An answer that is complete before its request: RST_STREAM(NO_ERROR) never overtakes or drops it.
import { expect, test } from "vitest";
import type { Connection, HeaderBlock } from "../contract.js";
import { exchange } from "../testing/join.js";
import { RecordingSink } from "../testing/recording-sink.js";
import { createConnection } from "./create-connection.js";

const request: HeaderBlock = { fields: [":method", "POST", ":scheme", "http", ":path", "/a/b"] };
const head: HeaderBlock = { fields: [":status", "200"] };
const trailers: HeaderBlock = { fields: ["grpc-status", "0"] };

function connect(): { server: Connection; client: Connection; heard: RecordingSink; id: number } {
  const heard = new RecordingSink();
  const server = createConnection({ role: "server", sink: new RecordingSink() });
  const limits = { streamWindowBytes: 1000 };
  const client = createConnection({ role: "client", sink: heard, limits });
  const id: number = client.openStream(
    request,
    false,
    heard.streamSink(() => id),
    0,
  );
  exchange(client, server);
  return { server, client, heard, id };
}

test("what waits for the window is sent first", () => {
  const { server, client, heard, id } = connect();
  server.sendHeaders(id, head, false);
  server.sendData(id, new Uint8Array(1500), false);
  server.sendHeaders(id, trailers, true);
  server.resetStream(id, 0);
  client.sendData(id, new Uint8Array(500), false);
  exchange(client, server);
  expect(heard.lines.slice(1)).toEqual(["1 headers :status=200", "1 data 1000"]);
  client.consume(id, 1000);
  exchange(client, server);
  expect(heard.lines.slice(3, 5)).toEqual(["1 data 500", "1 trailers grpc-status=0 END"]);
  expect(server.activeStreams).toBe(0);
});

test("an answer that is sent already is followed by the reset at once", () => {
  const { server, client, heard, id } = connect();
  server.sendHeaders(id, head, false);
  server.sendHeaders(id, trailers, true);
  server.resetStream(id, 0);
  expect(server.activeStreams).toBe(0);
  exchange(client, server);
  expect(heard.lines.slice(1, 3)).toEqual([
    "1 headers :status=200",
    "1 trailers grpc-status=0 END",
  ]);
});

test("a reset with an error drops what waits", () => {
  const { server, client, heard, id } = connect();
  server.sendHeaders(id, head, false);
  server.sendData(id, new Uint8Array(1500), false);
  server.sendHeaders(id, trailers, true);
  server.resetStream(id, 8);
  expect(server.activeStreams).toBe(0);
  exchange(client, server);
  expect(heard.lines.at(-1)).toContain("reset");
});

test("consuming after letting go is no mistake", () => {
  const { server, client, id } = connect();
  client.sendData(id, new Uint8Array(700), false);
  exchange(client, server);
  server.sendHeaders(id, head, false);
  server.sendData(id, new Uint8Array(1500), false);
  server.sendHeaders(id, trailers, true);
  server.resetStream(id, 0);
  server.consume(id, 700);
  client.resetStream(id, 8);
  exchange(client, server);
  expect(server.activeStreams).toBe(0);
});
