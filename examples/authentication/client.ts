// Channels that say who they are with each call.
import {
  bearerToken,
  type Channel,
  type ChannelCredentials,
  createChannel,
  createClient,
  type IssuedToken,
  refreshingToken,
} from "@trunkline/client";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

/** A channel whose calls carry a token that is fetched when it is needed, and anew a minute before it expires. */
export function connectWithToken(
  target: string,
  credentials: ChannelCredentials,
  fetchToken: (signal: AbortSignal) => Promise<IssuedToken>,
): Channel {
  return createChannel(target, {
    credentials,
    callCredentials: refreshingToken({ fetch: fetchToken }),
  });
}

/** A channel whose calls carry an API key. */
export function connectWithKey(
  target: string,
  credentials: ChannelCredentials,
  key: string,
): Channel {
  return createChannel(target, {
    credentials,
    callCredentials: { metadataFor: () => ({ "x-api-key": key }) },
  });
}

/** Calls as somebody else: the credentials of one call go before those of the channel. */
export async function greetAs(channel: Channel, userToken: string): Promise<string> {
  const greeter = createClient(GreeterService, channel);
  const options = { callCredentials: bearerToken(userToken), timeoutMs: 5000 };
  const { greeting } = await greeter.sayHello({ name: "hello" }, options);
  return greeting;
}
