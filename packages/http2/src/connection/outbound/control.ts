// Writes the small frames that are not DATA or HEADERS, and keeps count of those a peer can provoke.
import { writePing } from "../../frame/ping.js";
import { writeRstStream } from "../../frame/rst-stream.js";
import { writeWindowUpdate } from "../../frame/window-update.js";
import type { Session } from "../session.js";

/** Room for any of the fixed-size frames here. */
const controlRoom = 32;

/** Queues RST_STREAM. */
export function sendRst(session: Session, id: number, code: number): void {
  const { output } = session;
  output.room(controlRoom);
  output.end = writeRstStream(output.buffer, output.end, id, code);
}

/** Queues WINDOW_UPDATE for a stream, or for the connection when `id` is 0. */
export function sendWindowUpdate(session: Session, id: number, increment: number): void {
  const { output } = session;
  output.room(controlRoom);
  output.end = writeWindowUpdate(output.buffer, output.end, id, increment);
}

/** Queues PING with the eight octets of `payload` at `offset`. */
export function sendPing(
  session: Session,
  payload: Uint8Array,
  offset: number,
  ack: boolean,
): void {
  const { output } = session;
  output.room(controlRoom);
  output.end = writePing(output.buffer, output.end, payload, offset, ack);
}

/**
 * Bytes that can be written now: what waits in the output, and what is queued and may go. At least 1
 * when `take` is wanted for what it tells those who wait for room.
 */
export function pendingBytes(session: Session): number {
  const queued = session.sendWindow > 0 ? session.readyBytes : 0;
  const pending = session.output.pendingBytes + queued;
  if (pending > 0 || session.crowdedOut === undefined) return pending;
  return hasRoom(session) ? 1 : 0;
}

/** Whether those who had to wait for the connection as a whole may go on. */
export function hasRoom(session: Session): boolean {
  const waiting = session.readyBytes + session.output.pendingBytes;
  return waiting <= session.limits.connectionHighWaterBytes / 2;
}

/** Tells the binding that output waits, or that the end has come, when it could not know. */
export function announce(session: Session): void {
  if (session.announced || session.busy > 0 || session.outputReady === undefined) return;
  if (pendingBytes(session) === 0 && !session.isClosed) return;
  session.announced = true;
  session.outputReady();
}
