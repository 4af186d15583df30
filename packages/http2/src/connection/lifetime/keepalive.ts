// Keepalive: a peer that has been silent for long is asked whether it is there (gRFC A8, A9).
import { ErrorCode } from "../../frame/error-code.js";
import { formatGoaway } from "../../frame/goaway.js";
import { endConnection } from "../ending.js";
import { startPing } from "../outbound/probe.js";
import type { Session } from "../session.js";

/** The connection begins; keepalive may be off. */
export function startKeepalive(session: Session, nowMs: number): void {
  session.timers.keepalive = nowMs + intervalMs(session);
}

function intervalMs(session: Session): number {
  const { keepaliveTimeMs, minKeepaliveTimeMs } = session.limits;
  return Math.max(keepaliveTimeMs, minKeepaliveTimeMs);
}

/** `timers.keepalive` is due: the answer to a PING, or a look at how long the peer has been silent. */
export function checkKeepalive(session: Session): void {
  const { timers, limits, nowMs } = session;
  if (session.isProbing && !session.hasHeard) {
    endSilent(session);
    return;
  }
  session.isProbing = false;
  const quietUntilMs = session.lastReceivedMs + intervalMs(session);
  if (quietUntilMs > nowMs) timers.keepalive = quietUntilMs;
  else if (session.activeStreams > 0 || limits.keepaliveWithoutCalls) probe(session);
  else {
    timers.keepalive = Number.POSITIVE_INFINITY;
    session.keepaliveRests = true;
  }
}

function probe(session: Session): void {
  session.isProbing = true;
  session.hasHeard = false;
  session.timers.keepalive = session.nowMs + session.limits.keepaliveTimeoutMs;
  startPing(session, session.nowMs);
}

/** The PING has come back before its time was over. */
export function settleProbe(session: Session): void {
  session.isProbing = false;
  session.timers.keepalive = session.nowMs + intervalMs(session);
}

/** A stream is about to begin after a time without any: a peer that has been silent too long is asked first. */
export function resumeKeepalive(session: Session): void {
  session.keepaliveRests = false;
  checkKeepaliveNow(session);
}

function checkKeepaliveNow(session: Session): void {
  const quietUntilMs = session.lastReceivedMs + intervalMs(session);
  if (quietUntilMs > session.nowMs) session.timers.keepalive = quietUntilMs;
  else probe(session);
}

function endSilent(session: Session): void {
  const { keepaliveTimeoutMs } = session.limits;
  session.stats.breached = "keepaliveTimeoutMs";
  session.output.append(
    formatGoaway(session.lastProcessedId, ErrorCode.NO_ERROR, "keepalive_timeout"),
  );
  endConnection(session, {
    code: ErrorCode.INTERNAL_ERROR,
    source: "transport",
    limit: "keepaliveTimeoutMs",
    message: `keepaliveTimeoutMs: the peer has not answered a PING for ${keepaliveTimeoutMs} ms`,
  });
}
