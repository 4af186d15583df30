// The server of nice-grpc for the benchmark.
import { createServer } from "nice-grpc";
import { grpc } from "../grpc-js/contract.js";
import { announce, createdAtMs, parseServerArguments, sampleUser } from "../sample.js";
import { loadBenchDefinition } from "./contract.js";

// biome-ignore lint/suspicious/noExplicitAny: the definition is loaded at run time.
type Loaded = any;

const { tls } = parseServerArguments();
const user = { ...sampleUser, createdAtMs };
const server = createServer({
  "grpc.max_receive_message_length": -1,
  "grpc.max_concurrent_streams": 1000,
});
server.add(loadBenchDefinition(), {
  async getUser() {
    return { user };
  },
  async *listUsers(request: Loaded) {
    for (let i = 0; i < request.count; i++) yield { user };
  },
  async *chat(requests: Loaded) {
    for await (const { text } of requests) yield { text };
  },
  async echo(request: Loaded) {
    return { payload: request.payload };
  },
  async upload(requests: Loaded) {
    let byteCount = 0;
    for await (const { chunk } of requests) byteCount += chunk.length;
    return { byteCount };
  },
} as Loaded);
const credentials = tls
  ? grpc.ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.cert }])
  : grpc.ServerCredentials.createInsecure();
announce(await server.listen("127.0.0.1:0", credentials));
