// A channel as applications and stubs see it, whatever runtime it was made for.
import type { CallFigures, ConnectionInfo, DescribedSubchannel, Next } from "@trunkline/core";
import type { CallHost } from "../call/call-host.js";
import type { CallCredentials } from "../credentials/call-credentials.js";
import type { ConnectivityState } from "../subchannel/state.js";

/** How to close a channel. */
export interface CloseOptions {
  /** How long calls may go on, milliseconds; then they end with CANCELLED. Default 0. */
  readonly graceMs?: number | undefined;
}

/** How to follow the states of a channel. */
export interface StatesOptions {
  /** Ends it: reading on throws an RpcError, CANCELLED unless the signal's reason says otherwise. Default none. */
  readonly signal?: AbortSignal | undefined;
}

/** How long to wait for a channel. */
export interface WaitForReadyOptions {
  /** Longest wait, milliseconds, 0 or more. Default Infinity. */
  readonly timeoutMs?: number | undefined;
  /** Gives up. Default none. */
  readonly signal?: AbortSignal | undefined;
}

/** Figures of a channel at one moment; those named for what has happened count from its creation on. */
export interface ChannelStats {
  /** Calls that have begun and not ended, those that wait included. */
  readonly activeCalls: number;
  /** Calls that wait for a connection or for a free stream; at most `maxQueuedCalls`. */
  readonly waitingCalls: number;
  /** Those among them that wait for a free stream: all connections have as many calls as the server allows. */
  readonly waitingForStream: number;
  /** Connections that are open, those that take no new calls any more included. */
  readonly connections: number;
  /** Connections that the channel has had, those included that it found open already. */
  readonly connectionsOpened: number;
  /** Connections that ended, or were told to (GOAWAY), without the channel having wanted that. */
  readonly connectionsLost: number;
  /** Attempts to connect that failed. */
  readonly failedAttempts: number;
}

/**
 * A way to one service, wherever it runs: finds it, connects when the first call comes, reconnects by
 * itself. Safe to share; one for each target is enough. While no call is under way it does not keep the
 * process alive; one that nobody refers to any more closes by itself.
 */
export interface Channel extends AsyncDisposable {
  /** The target as it was given. */
  readonly target: string;
  /** Connectivity at the moment. */
  readonly state: ConnectivityState;
  /** Connects now rather than with the first call; does nothing unless IDLE. */
  connect(): void;
  /**
   * Connectivity at the moment.
   * @param tryToConnect whether an IDLE channel begins to connect. Default false.
   */
  getState(tryToConnect?: boolean): ConnectivityState;
  /**
   * The state of now, and then each new one; ends after SHUTDOWN. Who reads slowly may miss states in
   * between, never the last one. Following a channel does not make it connect; waiting for its next state
   * keeps it from being collected, but not the process from ending.
   * @example
   * for await (const state of channel.states()) console.log(state);
   */
  states(
    options?: StatesOptions,
  ): AsyncIterableIterator<ConnectivityState, undefined, undefined> & AsyncDisposable;
  /**
   * Connects, and resolves as soon as the channel is READY, which may be at once.
   * @throws {UsageError} for options out of their range.
   * @throws {RpcError} DEADLINE_EXCEEDED when the time is up, saying what the channel was waiting for or
   * what went wrong at each address; CANCELLED when the channel is closed or the signal aborted.
   */
  waitForReady(options?: WaitForReadyOptions): Promise<void>;
  /**
   * Ends all waits between attempts to connect and to resolve: the next ones begin at once, with the
   * shortest wait after them. For when the network is known to be back.
   */
  resetBackoff(): void;
  /** Figures of the moment. A snapshot. */
  stats(): ChannelStats;
  /**
   * The connections that are open now, those included that take no new calls any more, with their round
   * trip times. A snapshot: ask again for newer figures.
   */
  connections(): readonly ConnectionInfo[];
  /** The addresses that its policy uses now, with their states and connections. A snapshot of live objects. */
  subchannels(): readonly DescribedSubchannel[];
  /** Counters of its calls since it was made. A snapshot. */
  figures(): CallFigures;
  /**
   * Ends the channel. New calls fail with CANCELLED at once, those under way after `graceMs`. Resolves
   * when all connections are closed that no other channel uses. May be called again, also with a shorter grace.
   */
  close(options?: CloseOptions): Promise<void>;
  /** For stubs: what calls need of the channel. */
  readonly calls: CallHost;
  /** For stubs: the chain of interceptors; undefined when there are none. */
  readonly next: Next | undefined;
  /**
   * For stubs: the chain of a call that brings credentials of its own.
   * @throws {UsageError} when they would be sent over plaintext, and nobody has allowed that.
   */
  nextWith(credentials: CallCredentials): Next;
}
