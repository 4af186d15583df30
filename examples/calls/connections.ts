// Connections of a channel: waiting for them, following their states, and trying again at once.
import { type Channel, RpcError } from "@trunkline/client";

/** Starts work once the servers can be reached; says why when they cannot. */
export async function startWhenReady(channel: Channel, timeoutMs: number): Promise<string> {
  try {
    await channel.waitForReady({ timeoutMs });
    return channel.state;
  } catch (error) {
    return RpcError.from(error).message;
  }
}

/** Each state until the channel is closed, the present one first. */
export async function follow(channel: Channel, tell: (state: string) => void): Promise<void> {
  for await (const state of channel.states()) tell(state);
}

/** For when the system says that the network is back. */
export function networkIsBack(channel: Channel): void {
  channel.resetBackoff();
}
