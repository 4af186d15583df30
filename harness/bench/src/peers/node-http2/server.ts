// Plain node:http2 with canned replies and no protobuf: the floor of every server built on it.
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { getUserResponse } from "../canned.js";
import { announce, parseServerArguments } from "../sample.js";

const { tls } = parseServerArguments();
const server = tls ? http2.createSecureServer(tls) : http2.createServer();
server.on("stream", (stream) => {
  stream.on("error", () => {});
  if (stream.readableEnded) reply(stream);
  else stream.on("end", () => reply(stream)).resume();
});

function reply(stream: http2.ServerHttp2Stream): void {
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.end(getUserResponse);
}

server.listen(0, "127.0.0.1", () => announce((server.address() as AddressInfo).port));
