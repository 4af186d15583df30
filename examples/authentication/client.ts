// Channels that say who they are with each call.
import {
  type Channel,
  type ChannelCredentials,
  createChannel,
  type IssuedToken,
  refreshingToken,
} from "@trunkline/client";

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
