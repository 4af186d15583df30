// DATA that piles up for a peer that takes none of it: shut windows, or a transport it does not read (CVE-2016-1546).
import type { Session } from "../session.js";
import { breach } from "./breach.js";

/** Taking less than this in a whole period is taking nothing. */
const leastProgressBytes = 65_536;
/** For how long nothing may be taken before new streams are refused. */
const refuseAfterMs = 1000;

/** DATA has been queued: from here on someone watches that it goes. */
export function watchQueue(session: Session): void {
  const { stats, limits, stall } = session;
  if (!stall.isWatched && stats.queuedBytes > limits.maxStalledBytes) {
    stall.isWatched = true;
    stall.sinceMs = session.nowMs;
    stall.sentBytes = session.dataBytesSent;
    session.timers.stall = session.nowMs + limits.stallTimeoutMs;
  }
  if (session.timers.writeStall !== Number.POSITIVE_INFINITY) return;
  session.timers.writeStall = session.nowMs + limits.writeStallTimeoutMs;
  stall.sentAtWrite = session.dataBytesSent;
}

/** Whether so much waits without moving that a new stream must not add to it. */
export function isStalled(session: Session): boolean {
  const { stall, stats, limits } = session;
  if (!stall.isWatched || stats.queuedBytes <= limits.maxStalledBytes) return false;
  if (session.nowMs - stall.sinceMs < refuseAfterMs) return false;
  return session.dataBytesSent - stall.sentBytes < leastProgressBytes;
}

/** `timers.stall` is due. */
export function checkStall(session: Session): void {
  const { stall, stats, limits, timers } = session;
  const { maxStalledBytes, stallTimeoutMs } = limits;
  timers.stall = Number.POSITIVE_INFINITY;
  stall.isWatched = false;
  if (stats.queuedBytes <= maxStalledBytes) return;
  if (session.dataBytesSent - stall.sentBytes >= leastProgressBytes) {
    watchQueue(session);
    return;
  }
  const message = `${stats.queuedBytes} bytes of DATA wait, and the peer has taken none for ${stallTimeoutMs} ms`;
  breach(session, "maxStalledBytes", message);
}

/** `timers.writeStall` is due. */
export function checkWriteStall(session: Session): void {
  const { stall, stats, timers } = session;
  timers.writeStall = Number.POSITIVE_INFINITY;
  if (stats.queuedBytes === 0) return;
  if (session.dataBytesSent !== stall.sentAtWrite) {
    watchQueue(session);
    return;
  }
  const { writeStallTimeoutMs } = session.limits;
  const message = `${stats.queuedBytes} bytes of DATA wait, and the peer has taken none for ${writeStallTimeoutMs} ms`;
  breach(session, "writeStallTimeoutMs", message);
}
