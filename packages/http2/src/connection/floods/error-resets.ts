// Streams that are reset for the peer's faults: a client may not make work of them (CVE-2025-8671, CVE-2019-9514).
import { isOverdrawn, takeAllowance } from "../../flow/allowance.js";
import type { Session } from "../session.js";
import { breach } from "./breach.js";

/**
 * RST_STREAM goes out because of the peer. Only clients are held to an allowance: what a server
 * spoils was asked for by this side.
 */
export function noteErrorReset(session: Session): void {
  const { stats, meters, limits, nowMs } = session;
  const { errorResetBurst, errorResetsPerSecond } = limits;
  stats.errorResets++;
  if (session.role === "client") return;
  meters.errorResetsPaidUpMs = takeAllowance(
    meters.errorResetsPaidUpMs,
    nowMs,
    errorResetsPerSecond,
  );
  if (!isOverdrawn(meters.errorResetsPaidUpMs, nowMs, errorResetBurst, errorResetsPerSecond)) {
    return;
  }
  breach(session, "errorResetBurst", `more than ${errorResetBurst} streams with faults`);
}
