// The port through which subchannels open connections, and what bounds their attempts.
import type { Clock } from "@trunkline/core";
import type { Address } from "../resolver/address.js";
import type { Transport, TransportListener } from "../transport/transport.js";
import type { BackoffOptions } from "./backoff.js";

/**
 * Opens a connection and waits for the server's SETTINGS. It must reject when `signal` is aborted.
 */
export type Connector = (
  address: Address,
  listener: TransportListener,
  signal: AbortSignal,
) => Promise<Transport>;

/** How a subchannel connects: the same for all channels that share it. */
export interface SubchannelSettings {
  readonly clock: Clock;
  readonly connector: Connector;
  /** Longest time from the first packet to the server's SETTINGS, milliseconds. */
  readonly connectTimeoutMs: number;
  readonly backoff: BackoffOptions | undefined;
}
