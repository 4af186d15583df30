// The client of nice-grpc for the benchmark.
import { createChannel, createClient } from "nice-grpc";
import { type Chat, type CreateDriver, checkUser } from "../driver.js";

import { Outbox } from "../outbox.js";
import { loadBenchDefinition } from "./contract.js";

// biome-ignore lint/suspicious/noExplicitAny: the definition is loaded at run time.
type Loaded = any;

export const createDriver: CreateDriver = (port) => {
  const channel = createChannel(`127.0.0.1:${port}`, undefined, {
    "grpc.max_receive_message_length": -1,
  });
  const client: Loaded = createClient(loadBenchDefinition(), channel);
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
    openChat: async () => openChat(client),
    async echo(payload) {
      const reply = await client.echo({ payload });
      if (reply.payload.length !== payload.length) throw new Error("wrong length");
    },
    async upload(chunk, count) {
      async function* chunks() {
        for (let i = 0; i < count; i++) yield { chunk };
      }
      return (await client.upload(chunks())).byteCount;
    },
    close: () => channel.close(),
  };
};

function openChat(client: Loaded): Chat {
  const outbox = new Outbox();
  const replies = client.chat(outbox)[Symbol.asyncIterator]();
  return {
    async roundTrip(text) {
      outbox.push({ text });
      const reply = await replies.next();
      if (reply.done || reply.value.text !== text) throw new Error("wrong reply");
    },
    end: () => outbox.end(),
  };
}
