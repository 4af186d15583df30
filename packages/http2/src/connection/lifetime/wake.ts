// Time has passed: does what has become due.
import { checkStall, checkWriteStall } from "../floods/stalled-data.js";
import { passFence } from "../goaway.js";
import type { Session } from "../session.js";
import { failHandshake, failHeaderBlock, failSettingsAck } from "./handshake.js";
import { checkKeepalive, startKeepalive } from "./keepalive.js";
import { checkIdle, endOfAge, endOfGrace, startRetirement } from "./retirement.js";

/** The connection begins to live, at the time of its creation or of the first input. */
export function startTimers(session: Session, nowMs: number): void {
  session.hasBegun = true;
  session.nowMs = nowMs;
  session.lastReceivedMs = nowMs;
  session.timers.handshake = nowMs + session.limits.handshakeTimeoutMs;
  startKeepalive(session, nowMs);
  startRetirement(session, nowMs, session.random());
}

/** Does whatever is due at `session.nowMs`. What ends the connection clears all timers. */
export function wakeSession(session: Session): void {
  const { timers, nowMs } = session;
  if (nowMs >= timers.fence) passFence(session);
  if (nowMs >= timers.handshake) failHandshake(session);
  if (nowMs >= timers.settingsAck) failSettingsAck(session);
  if (nowMs >= timers.headerBlock) failHeaderBlock(session);
  if (nowMs >= timers.keepalive) checkKeepalive(session);
  if (nowMs >= timers.idle) checkIdle(session);
  if (nowMs >= timers.age) endOfAge(session);
  if (nowMs >= timers.grace) endOfGrace(session);
  if (nowMs >= timers.stall) checkStall(session);
  if (nowMs >= timers.writeStall) checkWriteStall(session);
}
