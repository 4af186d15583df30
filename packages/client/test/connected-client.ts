// Channels, clients and servers of one test, closed together after it.
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type Channel,
  type ChannelOptions,
  type Client,
  createChannel,
  createClient,
} from "../src/index.js";
import { TestService, UnaryResponseSchema } from "./gen/trunkline/test/v1/test_service_pb.js";
import { RawServer } from "./raw-server.js";

/** The bytes of an answer that says hello. */
export const reply: Uint8Array = toBinary(
  UnaryResponseSchema,
  create(UnaryResponseSchema, { text: "hello" }),
);
/** What must be closed after the test, channels first. */
export const opened: { close(): Promise<unknown> }[] = [];

/** A channel and a client of it. */
export function connect(
  target: string,
  options: ChannelOptions = {},
): { channel: Channel; client: Client<typeof TestService> } {
  const channel = createChannel(target, options);
  opened.unshift(channel);
  return { channel, client: createClient(TestService, channel) };
}

/** A server that follows a script. */
export function serve(...args: ConstructorParameters<typeof RawServer>): RawServer {
  const server = new RawServer(...args);
  opened.push(server);
  return server;
}

/** To be called after each test. */
export async function closeAll(): Promise<void> {
  for (const thing of opened.splice(0)) {
    await thing.close();
  }
}
