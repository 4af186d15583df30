// How a connection ends: by our judgement, by the peer's, by the transport's, or because its work is done.
import type { ConnectionCloseReason, StreamResetReason } from "../contract.js";
import { ErrorCode, errorCodeName } from "../frame/error-code.js";
import { formatGoaway } from "../frame/goaway.js";
import { StreamState } from "../stream/state-table.js";
import type { LimitName } from "./limits.js";
import { announce } from "./outbound/control.js";
import type { Session } from "./session.js";

/**
 * The peer broke the protocol, or the limit that is named: GOAWAY, then the end (RFC 9113 s5.4.1). Without
 * effect when the connection has ended.
 */
export function failConnection(
  session: Session,
  code: number,
  message: string,
  limit?: LimitName,
): void {
  if (session.isClosed) return;
  session.stats.breached = limit;
  const debug = message.slice(0, 256);
  session.output.append(formatGoaway(session.lastProcessedId, code, debug));
  endConnection(session, {
    code,
    source: "local",
    limit,
    message: `${errorCodeName(code)}: ${message}`,
  });
}

/** This side goes away at once, for reasons of its own. */
export function leave(session: Session, code: number, debug: string): void {
  if (session.isClosed) return;
  session.output.append(formatGoaway(session.lastProcessedId, code, debug));
  const why = debug === "" ? errorCodeName(code) : `${errorCodeName(code)}: ${debug}`;
  endConnection(session, { code, source: "local", message: `this side went away, ${why}` });
}

/** Ends the connection: every stream is told, then the sink, exactly once. */
export function endConnection(session: Session, reason: ConnectionCloseReason): void {
  if (session.isClosed) return;
  session.isClosed = true;
  session.isDraining = true;
  session.timers.clear();
  session.stats.queuedBytes = 0;
  session.firstReady = undefined;
  session.lastReady = undefined;
  session.block = undefined;
  session.readyBytes = 0;
  session.crowdedOut = undefined;
  session.relieved = undefined;
  session.unread = 0;
  session.activeStreams = 0;
  const told: StreamResetReason = {
    code: reason.code,
    source: "connection",
    unprocessed: false,
    message: `the connection ended: ${reason.message}`,
    cause: reason.cause,
  };
  try {
    tellStreams(session, told);
  } finally {
    session.sink.closed(reason);
    announce(session);
  }
}

/** The transport has ended. When the peer had said why in GOAWAY, that is the reason. */
export function endWithTransport(session: Session, error: Error | undefined): void {
  const { goawayReceivedCode: code } = session;
  if (code !== ErrorCode.NO_ERROR) {
    const message = `the peer sent ${describeGoaway(session)} and closed`;
    endConnection(session, { code, source: "peer", message, cause: error });
    return;
  }
  const wasTold = session.goawayReceivedId !== Number.POSITIVE_INFINITY;
  // OpenSSL ends its messages with a line feed.
  const how = error === undefined ? "the peer closed it" : error.message.trim();
  endConnection(session, {
    code: error === undefined ? ErrorCode.NO_ERROR : ErrorCode.INTERNAL_ERROR,
    source: "transport",
    message: `the transport ended: ${how}${wasTold ? ` after ${describeGoaway(session)}` : ""}`,
    cause: error,
  });
}

function describeGoaway({ goawayReceivedCode: code, goawayReceivedDebug: debug }: Session): string {
  return `GOAWAY with ${errorCodeName(code)}${debug === "" ? "" : ` "${debug}"`}`;
}

/** Tells every stream, also when one of them throws: that is no fault of the others. */
function tellStreams(session: Session, reason: StreamResetReason): void {
  let firstError: unknown;
  let hasFailed = false;
  const unsent = { ...reason, unprocessed: true, unsent: true };
  const firstUnsent = session.role === "client" ? session.untakenId : Number.POSITIVE_INFINITY;
  for (const stream of session.streams.clear()) {
    const mustTell = stream.isActive && stream.sink !== undefined;
    stream.state = StreamState.RESET_LOCAL;
    stream.queue = undefined;
    stream.wantsWritable = false;
    if (!mustTell) continue;
    stream.isActive = false;
    try {
      stream.sink?.streamReset(stream.id < firstUnsent ? reason : unsent);
    } catch (error) {
      if (!hasFailed) firstError = error;
      hasFailed = true;
    }
  }
  if (hasFailed) throw firstError;
}

/** After a drain or the peer's GOAWAY: the last stream has ended, so the connection has. */
export function endIfDrained(session: Session): void {
  if (!session.isDraining || session.isClosed || session.activeStreams > 0) return;
  if (session.timers.fence !== Number.POSITIVE_INFINITY) return;
  const byPeer = session.goawayReceivedCode !== ErrorCode.NO_ERROR;
  const weSaidSo = session.goawaySentId !== Number.POSITIVE_INFINITY;
  if (!weSaidSo) {
    session.output.append(formatGoaway(session.lastProcessedId, ErrorCode.NO_ERROR));
  }
  endConnection(session, {
    code: session.goawayReceivedCode,
    source: byPeer || !weSaidSo ? "peer" : "local",
    message: byPeer
      ? `the peer sent ${describeGoaway(session)}`
      : "drained: the last stream has ended",
  });
}
