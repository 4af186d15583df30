// A server and a client of the contract with secrets, for tests of logs; what its methods do is told by the request.
import { create } from "@bufbuild/protobuf";
import { type ChannelOptions, createChannel, createClient } from "@trunkline/client";
import { Code, RpcError, silentLog } from "@trunkline/core";
import { createServer, type Server, type ServerOptions } from "@trunkline/server";
import {
  AccountSchema,
  AccountService,
  type SignInRequest,
  SignInResponseSchema,
} from "./gen/trunkline/test/secrets/v1/account_service_pb.js";

const closing: (() => unknown)[] = [];

/** Closes everything that was opened since it was called last. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

/** Has `close` called by the next `closeAll`. */
export function closeLater(close: () => unknown): void {
  closing.push(close);
}

/** What `SignIn` does for a user of this name; it lets in all others. */
const signIns: Readonly<Record<string, (signal: AbortSignal) => unknown>> = {
  nobody: () => {
    throw new RpcError(Code.NOT_FOUND, "no such user");
  },
  broken: () => {
    throw new Error("the handler is broken, password=PLANTED-in-an-exception");
  },
  forger: () => {
    throw new RpcError(Code.ABORTED, "first\r\nsecond \u001b[31mred ".padEnd(100_000, "x"));
  },
  slow: (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    }),
};

/** Starts it. */
export async function startAccountServer(
  options: ServerOptions,
): Promise<{ server: Server; port: number }> {
  const server = createServer({ log: silentLog, ...options });
  server.addService(AccountService, {
    async signIn({ user }: SignInRequest, call) {
      await (Object.hasOwn(signIns, user) ? signIns[user] : undefined)?.(call.signal);
      call.responseHeaders.set("x-header", "h");
      call.responseTrailers.set("x-trailer", "t");
      return create(SignInResponseSchema, { user, session: "PLANTED-session" });
    },
    async *watch({ count }) {
      for (let i = 0; i < count; i++) {
        yield { account: create(AccountSchema, { name: `w${i}`, iban: "PLANTED-iban" }) };
      }
    },
    async import(requests) {
      let count = 0;
      for await (const _ of requests) count++;
      return { count };
    },
    async *talk(requests) {
      for await (const { account } of requests) yield { account };
    },
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  closing.push(() => server.shutdown({ graceMs: 0 }));
  return { server, port };
}

/** A client of it. */
export function connectTo(port: number, options: ChannelOptions = {}) {
  const channel = createChannel(`127.0.0.1:${port}`, { log: silentLog, ...options });
  closing.push(() => channel.close());
  return createClient(AccountService, channel);
}

/** Accounts to be sent. */
export async function* accounts(...names: readonly string[]) {
  for (const name of names) {
    yield { account: create(AccountSchema, { name, iban: "PLANTED-iban" }) };
  }
}

/** Accounts to be sent, and no end of them. */
export async function* endlessAccounts(...names: readonly string[]) {
  yield* accounts(...names);
  await new Promise(() => undefined);
}

/** Everything that an iterable has. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
