// A channel as applications and stubs see it, whatever runtime it was made for.
import type { ConnectionInfo, Next } from "@trunkline/core";
import type { CallHost } from "../call/call-host.js";
import type { ConnectivityState } from "../subchannel/state.js";

/** How to close a channel. */
export interface CloseOptions {
  /** How long calls may go on, milliseconds; then they end with CANCELLED. Default 0. */
  readonly graceMs?: number | undefined;
}

/**
 * A way to one service, wherever it runs: finds it, connects when the first call comes, reconnects by
 * itself. Safe to share; one for each target is enough. While no call is under way it does not keep the
 * process alive.
 */
export interface Channel extends AsyncDisposable {
  /** The target as it was given. */
  readonly target: string;
  /** Connectivity at the moment. */
  readonly state: ConnectivityState;
  /** Connects now rather than with the first call; does nothing unless IDLE. */
  connect(): void;
  /**
   * The connections that are open now, those included that take no new calls any more, with their round
   * trip times. A snapshot: ask again for newer figures.
   */
  connections(): readonly ConnectionInfo[];
  /**
   * Ends the channel. New calls fail with CANCELLED at once, those under way after `graceMs`. Resolves
   * when all connections are closed. May be called again, also with a shorter grace.
   */
  close(options?: CloseOptions): Promise<void>;
  /** For stubs: what calls need of the channel. */
  readonly calls: CallHost;
  /** For stubs: the chain of interceptors; undefined when there are none. */
  readonly next: Next | undefined;
}
