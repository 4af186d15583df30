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
  if ((((session.nowMs | 0) - stream.openedMs) | 0) >= limits.prematureResetMs) return;
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
