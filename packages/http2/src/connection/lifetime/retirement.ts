// Connections that are replaced while nothing is wrong with them: unused for long, or old (gRFC A9).
import { ErrorCode } from "../../frame/error-code.js";
import { leave } from "../ending.js";
import { startDrain } from "../goaway.js";
import type { Session } from "../session.js";

const never = Number.POSITIVE_INFINITY;
/** Ages differ by up to a tenth either way, so that connections made together do not end together. */
const jitter = 0.1;

/** The connection begins. `random` is 0 .. 1. */
export function startRetirement(session: Session, nowMs: number, random: number): void {
  const { timers, limits } = session;
  session.idleSinceMs = nowMs;
  timers.idle = nowMs + limits.maxConnectionIdleMs;
  timers.age = nowMs + limits.maxConnectionAgeMs * (1 - jitter + 2 * jitter * random);
}

/** `timers.idle` is due. Streams that came and went since then only move it. */
export function checkIdle(session: Session): void {
  const { timers, limits, nowMs } = session;
  const sinceMs = session.activeStreams > 0 ? nowMs : session.idleSinceMs;
  timers.idle = sinceMs + limits.maxConnectionIdleMs;
  if (timers.idle <= nowMs) retire(session, "max_idle");
}

/** `timers.age` is due. */
export function endOfAge(session: Session): void {
  retire(session, "max_age");
  if (session.isClosed) return;
  session.timers.grace = session.nowMs + session.limits.maxConnectionAgeGraceMs;
}

/** `timers.grace` is due. */
export function endOfGrace(session: Session): void {
  leave(session, ErrorCode.NO_ERROR, "max_age");
}

/** Begins a graceful end that nobody asked for, and says so. */
export function retire(session: Session, why: string): void {
  session.timers.idle = never;
  session.timers.age = never;
  if (session.isClosed || session.isDraining) return;
  startDrain(session, session.nowMs, why);
  if (!session.isClosed) session.sink.drainStarted?.(why);
}
