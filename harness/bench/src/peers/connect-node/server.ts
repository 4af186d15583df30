// The server of @connectrpc/connect-node for the benchmark.
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { create } from "@bufbuild/protobuf";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { BenchService, UserSchema } from "../../gen/trunkline/bench/v1/bench_pb.js";
import { announce, createdAtMs, parseServerArguments, sampleUser } from "../sample.js";

const { tls } = parseServerArguments();
const { roles, ...rest } = sampleUser;
const user = create(UserSchema, { ...rest, roles: [...roles], createdAtMs: BigInt(createdAtMs) });
const handler = connectNodeAdapter({
  routes: (router) =>
    router.service(BenchService, {
      getUser: () => ({ user }),
      async *listUsers(request) {
        for (let i = 0; i < request.count; i++) yield { user };
      },
      async *chat(requests) {
        for await (const { text } of requests) yield { text };
      },
      echo: (request) => ({ payload: request.payload }),
      async upload(requests) {
        let byteCount = 0;
        for await (const { chunk } of requests) byteCount += chunk.length;
        return { byteCount: BigInt(byteCount) };
      },
    }),
});
const server = tls ? http2.createSecureServer(tls, handler) : http2.createServer(handler);
server.listen(0, "127.0.0.1", () => announce((server.address() as AddressInfo).port));
