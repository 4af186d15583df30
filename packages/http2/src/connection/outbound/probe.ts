// PINGs of our own: one at a time, for whatever purpose (RFC 9113 s6.7).
import { writeUint32 } from "../../frame/head.js";
import { pingBytes } from "../../frame/ping.js";
import type { Session } from "../session.js";
import { sendPing } from "./control.js";

/** The first four octets of our own PINGs; the other four count them. */
export const ownMark = 0x54524e4b;
const scratch = new Uint8Array(pingBytes);

/**
 * Sends a PING, unless one is on its way. Its answer measures the path, shows that the peer lives, and
 * is the fence behind which nothing can come any more for streams that were reset before it.
 */
export function startPing(session: Session, nowMs: number): void {
  if (session.pingSentMs >= 0 || session.isClosed) return;
  session.pingSentMs = nowMs;
  session.pingSequence = (session.pingSequence + 1) >>> 0;
  session.receivedAtPing = session.dataBytesReceived;
  session.blocksAtPing = session.blocksReceived;
  session.gone.fence();
  session.stats.pingsSent++;
  writeUint32(scratch, writeUint32(scratch, 0, ownMark), session.pingSequence);
  sendPing(session, scratch, 0, false);
}

/**
 * Sends a PING that the peer has no reason to count as one too many: only if it has sent HEADERS or
 * DATA since our last one, which is what others go by (gRFC A8).
 */
export function startFreePing(session: Session): void {
  if (session.pingSentMs >= 0) return;
  const hasNews =
    session.dataBytesReceived !== session.receivedAtPing ||
    session.blocksReceived !== session.blocksAtPing;
  if (hasNews) startPing(session, session.nowMs);
}
