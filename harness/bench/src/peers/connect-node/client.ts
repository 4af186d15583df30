// The client of @connectrpc/connect-node for the benchmark.
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { BenchService } from "../../gen/trunkline/bench/v1/bench_pb.js";
import { type CreateDriver, checkUser } from "../driver.js";
import { Outbox } from "../outbox.js";

export const createDriver: CreateDriver = (port) => {
  const baseUrl = `http://127.0.0.1:${port}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  const transport = createGrpcTransport({ baseUrl, sessionManager, acceptCompression: [] });
  const client = createClient(BenchService, transport);
  return {
    async getUser() {
      checkUser((await client.getUser({ id: "u-000042" })).user);
    },
    async listUsers(count) {
      let received = 0;
      for await (const { user } of client.listUsers({ count })) {
        checkUser(user);
        received++;
      }
      return received;
    },
    async openChat() {
      const outbox = new Outbox<{ text: string }>();
      const replies = client.chat(outbox)[Symbol.asyncIterator]();
      return {
        async roundTrip(text) {
          outbox.push({ text });
          const reply = await replies.next();
          if (reply.done || reply.value.text !== text) throw new Error("wrong reply");
        },
        end: () => outbox.end(),
      };
    },
    async echo(payload) {
      const reply = await client.echo({ payload });
      if (reply.payload.length !== payload.length) throw new Error("wrong length");
    },
    async upload(chunk, count) {
      async function* chunks() {
        for (let i = 0; i < count; i++) yield { chunk };
      }
      return Number((await client.upload(chunks())).byteCount);
    },
    close: () => sessionManager.abort(),
  };
};
