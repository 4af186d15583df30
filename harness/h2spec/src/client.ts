// The client that h2specd runs once for each case: one GET of the URL in its last argument, until the server closes.
import { connect } from "node:net";
import { bindDuplex, type StreamSink } from "@trunkline/http2";

/** Cases in which nothing is wrong end by this. */
const longestMs = 2500;

const nothing = (): void => undefined;
const { hostname, port, pathname, host } = new URL(process.argv.at(-1) ?? "");
const fields = [":method", "GET", ":scheme", "http", ":path", pathname, ":authority", host];
const socket = connect(Number(port), hostname);
let id = 0;
const stream: StreamSink = {
  headersReceived: nothing,
  dataReceived: (bytes) => connection.consume(id, bytes.length),
  trailersReceived: nothing,
  streamReset: nothing,
  writable: nothing,
};
const connection = bindDuplex(socket, {
  role: "client",
  sink: {
    streamOpened: () => stream,
    settingsReceived(_settings, first) {
      if (first) id = connection.openStream({ fields }, true, stream, performance.now());
    },
    goawayReceived: nothing,
    pingAcked: nothing,
    streamsAvailable: nothing,
    closed: nothing,
  },
});
socket.on("close", () => process.exit(0));
setTimeout(() => process.exit(0), longestMs);
