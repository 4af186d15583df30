// Frames for streams that were reset here: they may be on their way for as long as a PING takes, not for ever.
import { startFreePing } from "../outbound/probe.js";
import type { Session } from "../session.js";
import { noteGlitch } from "./glitches.js";

/** So many in one round trip are worth a PING. */
const framesBeforePing = 64;
/** A peer that answers no PING for so long sends frames that are not just late. */
const patienceMs = 10_000;

/** A frame is dropped because its stream was reset. A PING finds out when such frames are no longer excused. */
export function noteLateFrame(session: Session): void {
  session.meters.lateFrames++;
  if (session.meters.lateFrames < framesBeforePing) return;
  if (session.pingSentMs < 0) {
    session.meters.lateFrames = 0;
    startFreePing(session);
  } else if (session.nowMs - session.pingSentMs > patienceMs) noteGlitch(session);
}
