// What several of the situations need: a channel to close, and what a client sends.
import type { IncomingHttpHeaders } from "node:http2";
import {
  type Channel,
  type ChannelOptions,
  type Client,
  createChannel,
  createClient,
  silentLog,
} from "@trunkline/client";
import { TestService } from "../gen/trunkline/test/v1/test_service_pb.js";
import { closeLater } from "../pair.js";
import { answer, startScript } from "../wire.js";

/** Milliseconds of a day. */
export const day = 86_400_000;

/** A handler, or a dialer, that never comes to an end. */
export const never = (): Promise<never> => new Promise(() => {});

/** A channel that is closed after the test, and a client of it. */
export function open(
  target: string,
  options: ChannelOptions = {},
): { channel: Channel; client: Client<typeof TestService> } {
  const channel = createChannel(target, { log: silentLog, ...options });
  closeLater(() => channel.close());
  return { channel, client: createClient(TestService, channel) };
}

/** The header fields of a call with these options. */
export async function headersSent(
  options: object,
  channel: ChannelOptions = {},
): Promise<IncomingHttpHeaders> {
  let seen: IncomingHttpHeaders = {};
  const { target } = await startScript((stream, headers) => {
    seen = headers;
    answer(stream);
  });
  await open(target, channel).client.unary({}, options);
  return seen;
}
