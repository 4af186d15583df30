// Behind a proxy that says who the client is: the greeter greets the client, not the proxy.
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { afterEach, expect, test } from "vitest";
import {
  SayHelloRequestSchema,
  SayHelloResponseSchema,
} from "./gen/trunkline/examples/hello/v1/hello_pb.js";
import { createGreeter, listenBehindProxies } from "./greeter.js";

const server = createGreeter();

afterEach(() => server.shutdown({ graceMs: 0 }).then(() => {}));

test("a proxy on this machine", async () => {
  const { port } = await listenBehindProxies(server, 0);
  const socket = connect(port, "127.0.0.1");
  socket.write("PROXY TCP4 192.0.2.7 198.51.100.9 40000 443\r\n");
  const session = connectHttp2(`http://127.0.0.1:${port}`, { createConnection: () => socket });
  const call = session.request({
    ":method": "POST",
    ":path": "/trunkline.examples.hello.v1.GreeterService/SayHello",
    "content-type": "application/grpc",
    te: "trailers",
  });
  const request = toBinary(SayHelloRequestSchema, {
    $typeName: "trunkline.examples.hello.v1.SayHelloRequest",
    name: "Ada",
  });
  call.end(Buffer.from([0, 0, 0, 0, request.length, ...request]));
  const chunks: Buffer[] = [];
  call.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(call, "end");
  const { greeting } = fromBinary(SayHelloResponseSchema, Buffer.concat(chunks).subarray(5));
  expect(greeting).toContain("you are 192.0.2.7:40000");
  session.close();
});
