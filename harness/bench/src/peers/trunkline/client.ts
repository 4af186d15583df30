// Trunkline's client for the benchmark.
import { type Channel, createChannel, createClient } from "@trunkline/client";
import { BenchService } from "../../gen/trunkline/bench/v1/bench_pb.js";
import { type Chat, type CreateDriver, checkUser, type Driver } from "../driver.js";

export const createDriver: CreateDriver = (port) => driverOf(createChannel(`127.0.0.1:${port}`));

/** The workloads' calls on a channel. */
export function driverOf(channel: Channel): Driver {
  const client = createClient(BenchService, channel);
  return {
    async getUser() {
      const { user } = await client.getUser({ id: "u-000042" });
      checkUser(user);
    },
    async listUsers(count) {
      let received = 0;
      for await (const { user } of client.listUsers({ count })) {
        checkUser(user);
        received++;
      }
      return received;
    },
    async openChat(): Promise<Chat> {
      const call = client.chat.open();
      const replies = call.messages[Symbol.asyncIterator]();
      return {
        async roundTrip(text) {
          await call.send({ text });
          const reply = await replies.next();
          if (reply.done || reply.value.text !== text) throw new Error("wrong reply");
        },
        end: () => call.cancel(),
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
    close: () => void channel.close(),
  };
}
