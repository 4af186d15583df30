// The client of @grpc/grpc-js for the benchmark.
import { once } from "node:events";
import { type Chat, type CreateDriver, checkUser } from "../driver.js";
import { grpc, loadBenchService } from "./contract.js";

// biome-ignore lint/suspicious/noExplicitAny: grpc-js has no types for clients made at run time.
type Loaded = any;

export const createDriver: CreateDriver = (port) => {
  const Client = loadBenchService();
  const client: Loaded = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
  });
  return {
    getUser: () =>
      new Promise((resolve, reject) => {
        client.getUser({ id: "u-000042" }, (error: Loaded, reply: Loaded) => {
          if (error) return reject(error);
          checkUser(reply.user);
          resolve();
        });
      }),
    listUsers: (count) =>
      new Promise((resolve, reject) => {
        let received = 0;
        const call = client.listUsers({ count });
        call.on("data", (message: Loaded) => {
          checkUser(message.user);
          received++;
        });
        call.on("end", () => resolve(received));
        call.on("error", reject);
      }),
    openChat: async () => openChat(client.chat()),
    echo: (payload) =>
      new Promise((resolve, reject) => {
        client.echo({ payload }, (error: Loaded, reply: Loaded) => {
          if (error) return reject(error);
          if (reply.payload.length !== payload.length) return reject(new Error("wrong length"));
          resolve();
        });
      }),
    upload: (chunk, count) => upload(client, chunk, count),
    close: () => client.close(),
  };
};

function openChat(call: Loaded): Chat {
  call.on("error", () => {});
  let answered: ((text: string) => void) | undefined;
  call.on("data", (message: Loaded) => answered?.(message.text));
  return {
    roundTrip: (text) =>
      new Promise((resolve, reject) => {
        answered = (reply) => (reply === text ? resolve() : reject(new Error("wrong reply")));
        call.write({ text });
      }),
    end: () => call.cancel(),
  };
}

function upload(client: Loaded, chunk: Uint8Array, count: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = client.upload((error: Loaded, reply: Loaded) => {
      if (error) return reject(error);
      resolve(reply.byteCount);
    });
    void (async () => {
      for (let i = 0; i < count; i++) {
        if (!call.write({ chunk })) await once(call, "drain");
      }
      call.end();
    })().catch(reject);
  });
}
