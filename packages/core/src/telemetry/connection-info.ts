// What client and server say about one connection at the moment.
import { entityId } from "./entity-id.js";

/** One connection of a channel or a server, as it was when it was asked for. */
export interface ConnectionInfo {
  /** Above 0; no other connection, channel or server of this process has it. */
  readonly id: number;
  /** The other end, as `Peer.address` has it: `ip:port`, `[ipv6]:port`, `unix:path`, or a name. */
  readonly address: string;
  /** Calls under way on it. */
  readonly activeCalls: number;
  /** Calls that were begun on it, those under way included. */
  readonly startedCalls: number;
  /** Calls that were reset: by the other end, or here because of its faults. */
  readonly resetCalls: number;
  /** PINGs sent: for keepalive, and to measure. */
  readonly sentPings: number;
  /** Whether it takes no new calls, because one side wants it to end; those under way may finish. */
  readonly isDraining: boolean;
  /**
   * The latest round trip of an HTTP/2 PING in milliseconds, fractions included; undefined before the
   * first. PINGs are sent for keepalive, and by whoever receives so much DATA that windows may have to grow.
   */
  readonly rttMs: number | undefined;
  /** Round trips smoothed: an eighth of each new one (RFC 6298 s2). Undefined before the first. */
  readonly smoothedRttMs: number | undefined;
}

/** What there is to know of an HTTP/2 connection; round trips are below 0 before the first. */
export interface DescribedConnection {
  readonly activeStreams: number;
  readonly isDraining: boolean;
  readonly isClosed: boolean;
  readonly stats: {
    readonly rttMs: number;
    readonly smoothedRttMs: number;
    readonly streamsOpened: number;
    readonly resetsReceived: number;
    readonly errorResets: number;
    readonly pingsSent: number;
  };
}

/** Says of a connection what everybody may know. */
export function describeConnection(
  address: string,
  connection: DescribedConnection,
): ConnectionInfo {
  const { activeStreams, isDraining, isClosed, stats } = connection;
  const hasMeasured = stats.rttMs >= 0;
  return {
    id: entityId(connection),
    address,
    activeCalls: activeStreams,
    startedCalls: stats.streamsOpened,
    resetCalls: stats.resetsReceived + stats.errorResets,
    sentPings: stats.pingsSent,
    isDraining: isDraining || isClosed,
    rttMs: hasMeasured ? stats.rttMs : undefined,
    smoothedRttMs: hasMeasured ? stats.smoothedRttMs : undefined,
  };
}
