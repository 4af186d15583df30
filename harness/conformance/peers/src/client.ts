// The client under test: makes the calls that are asked for on standard input, and tells what came of each.
import { create } from "@bufbuild/protobuf";
import {
  type Channel,
  type ChannelCredentials,
  createChannel,
  createClient,
  plaintext,
  tlsChannelCredentials,
} from "@trunkline/client";
import { jsonFormat } from "@trunkline/client/json";
import { readMessages, writeMessage } from "./framing.js";
import {
  type ClientCompatRequest,
  ClientCompatRequestSchema,
  ClientCompatResponseSchema,
} from "./gen/connectrpc/conformance/v1/client_compat_pb.js";
import { Codec, Compression } from "./gen/connectrpc/conformance/v1/config_pb.js";
import { ConformanceService } from "./gen/connectrpc/conformance/v1/service_pb.js";
import { Invocation } from "./invocation.js";
import { messageTypes } from "./message-types.js";

/** Calls that are under way at once. */
const parallel = 64;

const json = jsonFormat({ registry: messageTypes });
/** The names of encodings on the wire. */
const encodings: Readonly<Record<number, string>> = {
  [Compression.GZIP]: "gzip",
  [Compression.BR]: "br",
  [Compression.ZSTD]: "zstd",
  [Compression.DEFLATE]: "deflate",
};
const channels = new Map<string, Channel>();

/** One channel for all calls that may share it. */
function channelFor(request: ClientCompatRequest): Channel {
  const { host, port, messageReceiveLimit, codec, compression } = request;
  const key = JSON.stringify([host, port, messageReceiveLimit, codec, compression]);
  let channel = channels.get(key);
  if (channel === undefined) {
    channel = createChannel(`${host}:${port}`, {
      credentials: credentialsFor(request),
      maxReceiveMessageBytes: messageReceiveLimit || undefined,
      format: codec === Codec.JSON ? json : undefined,
      // Small messages, too.
      compression: { encoding: encodings[compression] ?? "identity", minBytes: 0 },
    });
    channels.set(key, channel);
  }
  return channel;
}

function credentialsFor({
  serverTlsCert,
  clientTlsCreds,
}: ClientCompatRequest): ChannelCredentials {
  if (serverTlsCert.length === 0) return plaintext;
  const { cert, key } = clientTlsCreds ?? {};
  return tlsChannelCredentials({ ca: serverTlsCert, cert, key });
}

async function perform(request: ClientCompatRequest): Promise<void> {
  const client = createClient(ConformanceService, channelFor(request));
  const value = await new Invocation(client, request).run();
  writeMessage(
    ClientCompatResponseSchema,
    create(ClientCompatResponseSchema, {
      testName: request.testName,
      result: { case: "response", value },
    }),
  );
}

const running = new Set<Promise<void>>();
for await (const request of readMessages(ClientCompatRequestSchema)) {
  const run = perform(request).finally(() => running.delete(run));
  running.add(run);
  if (running.size >= parallel) await Promise.race(running);
}
await Promise.all(running);
await Promise.all([...channels.values()].map((channel) => channel.close()));
