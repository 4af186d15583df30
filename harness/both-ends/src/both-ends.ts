// A server and channels to it over loopback, ended together after each test.
import {
  type Channel,
  type ChannelOptions,
  type Client,
  createChannel,
  createClient,
} from "@trunkline/client";
import {
  createServer,
  type Server,
  type ServerOptions,
  type ServiceImplementation,
  silentLog,
} from "@trunkline/server";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";

type Implementation = ServiceImplementation<typeof TestService>;

const channels: Channel[] = [];
const servers: Server[] = [];

/** A server of `TestService` with these methods, on a free port. */
export async function serve(
  implementation: Implementation | undefined,
  options: ServerOptions = {},
): Promise<{ server: Server; target: string }> {
  const server = createServer({ log: silentLog, ...options });
  servers.push(server);
  if (implementation !== undefined) server.addService(TestService, implementation);
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  return { server, target: `127.0.0.1:${port}` };
}

/** A channel, and a client of `TestService` on it. */
export function connect(
  target: string,
  options: ChannelOptions = {},
): { channel: Channel; client: Client<typeof TestService> } {
  const channel = createChannel(target, { log: silentLog, ...options });
  channels.push(channel);
  return { channel, client: createClient(TestService, channel) };
}

/** Ends what the test has started. */
export async function endBoth(): Promise<void> {
  for (const channel of channels.splice(0)) await channel.close();
  for (const server of servers.splice(0)) await server.shutdown({ graceMs: 0 });
}

/** Everything that an iterable gives. */
export async function collect<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const message of messages) all.push(message);
  return all;
}
