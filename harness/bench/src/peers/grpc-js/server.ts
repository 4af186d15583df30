// The server of @grpc/grpc-js for the benchmark.
import { announce, createdAtMs, parseServerArguments, sampleUser } from "../sample.js";
import { grpc, loadBenchService } from "./contract.js";

// biome-ignore lint/suspicious/noExplicitAny: grpc-js has no types for services loaded at run time.
type Loaded = any;

const { tls } = parseServerArguments();
const user = { ...sampleUser, createdAtMs };
const server = new grpc.Server({
  "grpc.max_receive_message_length": -1,
  "grpc.max_concurrent_streams": 1000,
});
server.addService(loadBenchService().service, {
  getUser: (_call: Loaded, done: Loaded) => done(null, { user }),
  listUsers: (call: Loaded) => {
    let left: number = call.request.count;
    const pump = () => {
      while (left > 0) {
        left--;
        if (!call.write({ user })) return void call.once("drain", pump);
      }
      call.end();
    };
    pump();
  },
  chat: (call: Loaded) => {
    call.on("data", (message: Loaded) => call.write({ text: message.text }));
    call.on("end", () => call.end());
    call.on("error", () => {});
  },
  echo: (call: Loaded, done: Loaded) => done(null, { payload: call.request.payload }),
  upload: (call: Loaded, done: Loaded) => {
    let byteCount = 0;
    call.on("data", (message: Loaded) => {
      byteCount += message.chunk.length;
    });
    call.on("end", () => done(null, { byteCount }));
    call.on("error", () => {});
  },
});
const credentials = tls
  ? grpc.ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.cert }])
  : grpc.ServerCredentials.createInsecure();
server.bindAsync("127.0.0.1:0", credentials, (error, port) => {
  if (error) throw error;
  announce(port);
});
