// Which streams `sinks` names: all that have not ended and have somebody who listens.
import { expect, test } from "vitest";
import type { HeaderBlock, HeaderList, StreamSink } from "../contract.js";
import { exchange } from "../testing/join.js";
import { RecordingSink } from "../testing/recording-sink.js";
import { createConnection } from "./create-connection.js";

const request: HeaderBlock = { fields: [":method", "POST", ":scheme", "http", ":path", "/a/b"] };

test("those that are open; one that is just being announced has none yet", () => {
  const counts: number[] = [];
  const opened: StreamSink[] = [];
  const heard = new RecordingSink();
  const announce = heard.streamOpened.bind(heard);
  heard.streamOpened = (id: number, headers: HeaderList, endStream: boolean): StreamSink => {
    counts.push(server.sinks().length);
    const sink = announce(id, headers, endStream);
    opened.push(sink);
    return sink;
  };
  const server = createConnection({ role: "server", sink: heard });
  const client = createConnection({ role: "client", sink: new RecordingSink() });
  const mine = new RecordingSink().streamSink(() => 0);
  client.openStream(request, false, mine, 0);
  const second = client.openStream(request, false, mine, 0);
  exchange(client, server);
  expect(counts).toEqual([0, 1]);
  expect(server.sinks()).toEqual(opened);
  expect(client.sinks()).toEqual([mine, mine]);
  expect([client.openedMs(second), client.openedMs(7)]).toEqual([0, undefined]);
  client.resetStream(second, 8);
  exchange(client, server);
  expect(server.sinks()).toEqual([opened[0]]);
});
