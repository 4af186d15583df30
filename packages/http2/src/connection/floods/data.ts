// DATA frames that carry little or nothing (CVE-2019-9518, RUSTSEC-2026-0258).
import { isOverdrawn, takeAllowance } from "../../flow/allowance.js";
import type { Stream } from "../../stream/stream.js";
import type { Session } from "../session.js";
import { breach } from "./breach.js";

/** What keeping a frame costs at least, however small it is. */
export const smallDataBytes = 256;

/** A DATA frame with neither payload nor END_STREAM. */
export function noteEmptyData(session: Session): void {
  const { stats, meters, limits, nowMs } = session;
  const { emptyDataBurst, emptyDataPerSecond } = limits;
  stats.emptyDataReceived++;
  meters.emptyDataPaidUpMs = takeAllowance(meters.emptyDataPaidUpMs, nowMs, emptyDataPerSecond);
  if (!isOverdrawn(meters.emptyDataPaidUpMs, nowMs, emptyDataBurst, emptyDataPerSecond)) return;
  breach(session, "emptyDataBurst", `more than ${emptyDataBurst} empty DATA frames`);
}

/** A DATA frame of fewer than `smallDataBytes` is about to be handed to the sink. */
export function chargeSmallData(session: Session, stream: Stream, size: number): void {
  stream.smallDataBytes += smallDataBytes - size;
  session.stats.smallDataBytes += smallDataBytes - size;
}

/** After the sink has had the frame: what it has read at once costs nothing. */
export function checkSmallData(session: Session): void {
  const { maxSmallDataBytes } = session.limits;
  if (session.stats.smallDataBytes <= maxSmallDataBytes) return;
  breach(
    session,
    "maxSmallDataBytes",
    `unread small DATA frames cost more than ${maxSmallDataBytes} bytes`,
  );
}

/** `byteCount` of the stream's unread bytes are read; `unread` are left. */
export function repaySmallData(
  session: Session,
  stream: Stream,
  byteCount: number,
  unread: number,
): void {
  const owed = stream.smallDataBytes;
  const paid = unread === 0 ? owed : Math.floor((owed * byteCount) / (byteCount + unread));
  stream.smallDataBytes -= paid;
  session.stats.smallDataBytes -= paid;
}
