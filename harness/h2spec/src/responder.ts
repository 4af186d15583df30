// A small HTTP responder on the public entry of the engine: 200 and a body for every request.
import type { Duplex } from "node:stream";
import { bindDuplex, type Connection, type StreamSink } from "@trunkline/http2";

const head = { fields: [":status", "200", "content-type", "text/plain"] };
const body = new TextEncoder().encode("hello\n");
const nothing = (): void => undefined;

/** Answers whatever comes in on a connection. */
export function respond(duplex: Duplex): void {
  const answer = (id: number): void => {
    connection.sendHeaders(id, head, false);
    connection.sendData(id, body, true);
  };
  const streamOf = (id: number): StreamSink => ({
    headersReceived: nothing,
    dataReceived(bytes, endStream) {
      connection.consume(id, bytes.length);
      if (endStream) answer(id);
    },
    trailersReceived: () => answer(id),
    streamReset: nothing,
    writable: nothing,
  });
  const connection: Connection = bindDuplex(duplex, {
    role: "server",
    sink: {
      streamOpened(id, _headers, endStream) {
        if (endStream) answer(id);
        return streamOf(id);
      },
      settingsReceived: nothing,
      goawayReceived: nothing,
      pingAcked: nothing,
      streamsAvailable: nothing,
      closed: nothing,
    },
  });
}
