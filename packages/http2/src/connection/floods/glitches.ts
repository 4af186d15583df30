// Frames that change nothing: legal, some of them late, and in numbers an attack (CVE-2019-9513).
import { isOverdrawn, takeAllowance } from "../../flow/allowance.js";
import type { Session } from "../session.js";
import { breach } from "./breach.js";

/** A stream may cost this many: some clients send PRIORITY with each request, or reset what has just ended. */
const paidByStream = 2;

/** What an unknown frame carries is read for nothing, too: so many bytes count as one more frame. */
const bytesPerGlitch = 1024;

/** One frame without effect: PRIORITY, an unknown type with so many bytes, an ACK of nothing, a reset of what is gone. */
export function noteGlitch(session: Session, byteCount: number = 0): void {
  const { stats, meters, limits, nowMs } = session;
  const { glitchBurst, glitchesPerSecond } = limits;
  stats.glitches++;
  const earned = (stats.streamsOpened - meters.streamsAtGlitch) * paidByStream;
  meters.streamsAtGlitch = stats.streamsOpened;
  const paidUpMs = meters.glitchesPaidUpMs - (earned * 1000) / glitchesPerSecond;
  const more = ((byteCount / bytesPerGlitch) | 0) * (1000 / glitchesPerSecond);
  meters.glitchesPaidUpMs = takeAllowance(paidUpMs, nowMs, glitchesPerSecond) + more;
  if (!isOverdrawn(meters.glitchesPaidUpMs, nowMs, glitchBurst, glitchesPerSecond)) return;
  breach(session, "glitchBurst", `more than ${glitchBurst} frames without effect`);
}
