// Requests that are taken back at once (CVE-2023-44487): their streams go, the work they began stays.
import type { Stream } from "../../stream/stream.js";
import type { Session } from "../session.js";
import { breach } from "./breach.js";

/**
 * The peer has reset a stream, which has ended by now. Cancelling and running into deadlines is what
 * callers do, so only resets that hardly gave a server time to look count, and only when they are
 * most of what ends.
 */
export function notePeerReset(session: Session, stream: Stream): void {
  const { stats, meters, limits } = session;
  stats.resetsReceived++;
  if (session.role === "client" || stream.headSent) return;
  const nowMs = (session.nowMs - session.pausedMs) | 0;
  if (((nowMs - stream.openedMs) | 0) >= limits.prematureResetMs) return;
  stats.prematureResets++;
  meters.prematureInSample++;
  const ended = stats.streamsEnded - meters.endedAtSampleStart;
  if (ended < limits.resetSample) return;
  if (meters.prematureInSample > limits.maxResetRatio * ended) {
    const message = `${meters.prematureInSample} of ${ended} streams were reset at once`;
    breach(session, "maxResetRatio", message);
  } else if (ended >= 2 * limits.resetSample) {
    // The past counts half, so that neither merit nor guilt is for ever.
    meters.endedAtSampleStart += ended >>> 1;
    meters.prematureInSample >>>= 1;
  }
}

/** This part of `resetSample` makes a peer suspect. */
const suspectPart = 1 / 8;

/** Whether so far most of what ended was taken back at once: what such a peer asks for is not urgent. */
export function isSuspect({ meters, stats, limits }: Session): boolean {
  const { prematureInSample, endedAtSampleStart } = meters;
  if (prematureInSample < limits.resetSample * suspectPart) return false;
  return prematureInSample > limits.maxResetRatio * (stats.streamsEnded - endedAtSampleStart);
}

/**
 * A turn is full. Handlers are started and cancelled as fast as frames are cut, and leave garbage that
 * is collected much later: so a suspect's next turn has to wait, until it is judged or others have ended well.
 */
export function pauseSuspect(session: Session): void {
  if (isSuspect(session)) session.timers.pause = session.nowMs + session.limits.resetPauseMs;
}

/** Whether reading is still paused; if it was and is over, the time does not count for streams. */
export function isPaused(session: Session): boolean {
  const { timers, nowMs, limits } = session;
  if (timers.pause === Number.POSITIVE_INFINITY) return false;
  if (nowMs < timers.pause) return true;
  session.pausedMs += nowMs - (timers.pause - limits.resetPauseMs);
  timers.pause = Number.POSITIVE_INFINITY;
  return false;
}
