// What a connection counts about itself: plain numbers that cost next to nothing to keep.
import type { LimitName } from "./limits.js";

/** Counters of one connection since it began, for whoever watches it. Read them; the engine writes them. */
export class ConnectionStats {
  /** The limit that the peer broke so that the connection had to end; undefined as long as it has not. */
  breached: LimitName | undefined = undefined;

  /** Streams that were opened and handed to the sink, or opened by this side. */
  streamsOpened = 0;
  /** Streams that have ended, in whatever way. */
  streamsEnded = 0;
  /** Streams of the peer that were answered with REFUSED_STREAM: too many of them, of handlers, or of header bytes. */
  streamsRefused = 0;
  /** Streams that the peer reset. */
  resetsReceived = 0;
  /** Those of them that were hardly open and had no answer yet (`prematureResetMs`). */
  prematureResets = 0;
  /** Streams that were reset here because of the peer's faults. */
  errorResets = 0;
  /** Header lists over `maxHeaderListBytes` or `maxHeaderFields`. */
  oversizedHeaderLists = 0;
  /** Frames without effect: PRIORITY, unknown types, ACKs and resets of nothing. */
  glitches = 0;
  /** SETTINGS frames of the peer, ACKs not counted. */
  settingsReceived = 0;
  /** PING frames of the peer, ACKs not counted. */
  pingsReceived = 0;
  /** PINGs that came too early, as they count towards `maxPingStrikes` now. */
  pingStrikes = 0;
  /** WINDOW_UPDATE frames of the peer. */
  windowUpdatesReceived = 0;
  /** DATA frames with neither payload nor END_STREAM. */
  emptyDataReceived = 0;
  /** What unread small DATA frames count above their size now (`maxSmallDataBytes`). */
  smallDataBytes = 0;
  /** Times that new streams had to wait for the next turn (`maxStreamsPerTurn`). */
  turnsYielded = 0;

  /** PINGs sent: for keepalive, to measure, or because `ping` was called. */
  pingsSent = 0;
  /** The latest round trip of a PING in milliseconds; -1 before the first. */
  rttMs = -1;
  /** Round trips smoothed: an eighth of each new one; -1 before the first. */
  smoothedRttMs = -1;
  /** How large receive windows are made now, in bytes. */
  windowBytes = 0;
  /** DATA frames that found so much unread that the connection window stays narrow (`maxUnreadBytes`). */
  unreadPauses = 0;
  /** Times that `sendData` asked to wait. */
  writePauses = 0;
  /** DATA waiting to be sent on all streams, in bytes. */
  queuedBytes = 0;
}
