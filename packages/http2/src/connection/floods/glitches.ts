// Frames that change nothing: legal, some of them late, and in numbers an attack (CVE-2019-9513).
import { isOverdrawn, takeAllowance } from "../../flow/allowance.js";
import type { Session } from "../session.js";
import { breach } from "./breach.js";

/** A stream may cost this many: some clients send PRIORITY with each request, or reset what has just ended. */
const paidByStream = 2;

/** One frame without effect: PRIORITY, an unknown type, an ACK of nothing, a reset of what is gone. */
export function noteGlitch(session: Session): void {
  const { stats, meters, limits, nowMs } = session;
  const { glitchBurst, glitchesPerSecond } = limits;
  stats.glitches++;
  const earned = (stats.streamsOpened - meters.streamsAtGlitch) * paidByStream;
  meters.streamsAtGlitch = stats.streamsOpened;
  const paidUpMs = meters.glitchesPaidUpMs - (earned * 1000) / glitchesPerSecond;
  meters.glitchesPaidUpMs = takeAllowance(paidUpMs, nowMs, glitchesPerSecond);
  if (!isOverdrawn(meters.glitchesPaidUpMs, nowMs, glitchBurst, glitchesPerSecond)) return;
  breach(session, "glitchBurst", `more than ${glitchBurst} frames without effect`);
}
