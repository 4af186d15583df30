// A server and a client of it, joined in memory, and what is known of a call that failed.
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type Channel,
  type ChannelOptions,
  type Client,
  type ClientOptions,
  createChannel,
  createClient,
  RpcError,
  silentLog,
} from "@trunkline/client";
import { createMemoryPair } from "@trunkline/http2";
import {
  createServer,
  type Server,
  type ServerOptions,
  type ServiceImplementation,
  type ServiceOptions,
} from "@trunkline/server";
import { TestService, UnaryRequestSchema } from "./gen/trunkline/test/v1/test_service_pb.js";

type Implementation = ServiceImplementation<typeof TestService>;

/** What a pair can be told. */
export interface PairOptions {
  readonly server?: ServerOptions;
  readonly service?: ServiceOptions<typeof TestService>;
  readonly channel?: ChannelOptions;
  readonly client?: ClientOptions<typeof TestService>;
}

/** A client and what it hangs on. */
export interface Pair {
  readonly server: Server;
  readonly channel: Channel;
  readonly client: Client<typeof TestService>;
}

const closers: (() => Promise<unknown>)[] = [];

/** A server with these methods, and a client of it. */
export function startPair(methods: Implementation, options: PairOptions = {}): Pair {
  const server = createServer({ log: silentLog, ...options.server });
  server.addService(TestService, methods, options.service);
  const channel = createChannel("ipv4:127.0.0.1:1", {
    log: silentLog,
    connect: async () => {
      const [near, far] = createMemoryPair();
      server.accept(far);
      return near;
    },
    ...options.channel,
  });
  closers.push(async () => {
    await channel.close();
    await server.shutdown({ graceMs: 0 });
  });
  return { server, channel, client: createClient(TestService, channel, options.client) };
}

/** To be closed with the pairs. */
export function closeLater(close: () => Promise<unknown>): void {
  closers.push(close);
}

/** Ends what the present test has started. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

/** The error that a call ends with. */
export async function failureOf(
  call: Promise<unknown> | AsyncIterable<unknown>,
): Promise<RpcError> {
  try {
    if (call instanceof Promise) await call;
    else for await (const _ of call);
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
  throw new Error("the call succeeded");
}

/** A request whose encoded form has exactly so many bytes, 4 at least. */
export function requestOf(byteCount: number): { text: string } {
  for (let length = 0; length <= byteCount; length++) {
    const text = "x".repeat(byteCount - length);
    const { length: encoded } = toBinary(UnaryRequestSchema, create(UnaryRequestSchema, { text }));
    if (encoded === byteCount) return { text };
  }
  throw new Error(`no request has ${byteCount} bytes`);
}
