// A request with a body, answered with head, body and trailers, between two connections.
import { expect, test } from "vitest";
import type { Connection, HeaderBlock } from "../contract.js";
import { exchange } from "../testing/join.js";
import { RecordingSink } from "../testing/recording-sink.js";
import { createConnection } from "./create-connection.js";

const request: HeaderBlock = {
  fields: [":method", "POST", ":scheme", "http", ":path", "/a/b", "te", "trailers"],
};
const head: HeaderBlock = { fields: [":status", "200"] };
const trailers: HeaderBlock = { fields: ["grpc-status", "0"] };

test("one call, both ways", () => {
  const serverSink = new RecordingSink();
  const clientSink = new RecordingSink();
  const server: Connection = createConnection({ role: "server", sink: serverSink });
  const client: Connection = createConnection({ role: "client", sink: clientSink });
  serverSink.hook = (id, event, bytes) => {
    server.consume(id, bytes);
    if (event !== "end") return;
    server.sendHeaders(id, head, false);
    const region = server.reserve(id, 5)!;
    region.bytes.set([1, 2, 3], region.offset);
    server.commit(id, 3, false);
    server.sendHeaders(id, trailers, true);
  };
  for (let call = 0; call < 3; call++) {
    const id: number = client.openStream(
      request,
      false,
      clientSink.streamSink(() => call * 2 + 1),
      0,
    );
    client.sendData(id, Uint8Array.of(7, 8), true);
    exchange(client, server);
    clientSink.hook = (stream, _event, bytes) => client.consume(stream, bytes);
  }
  expect(serverSink.lines.slice(0, 3)).toEqual([
    "settings window=1048576 first",
    "1 opened :method=POST :scheme=http :path=/a/b te=trailers",
    "1 data 2 END",
  ]);
  expect(clientSink.lines.slice(0, 4)).toEqual([
    "settings window=1048576 first",
    "1 headers :status=200",
    "1 data 3",
    "1 trailers grpc-status=0 END",
  ]);
  expect(clientSink.lines).toHaveLength(10);
  expect(server.activeStreams).toBe(0);
  expect(client.activeStreams).toBe(0);
});
