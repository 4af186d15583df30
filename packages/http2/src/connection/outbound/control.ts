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

/** Bytes that can be written now: what waits in the output, and at least what the next stream has queued. */
export function pendingBytes(session: Session): number {
  const { firstReady } = session;
  const queued = firstReady !== undefined && session.sendWindow > 0 ? firstReady.queuedBytes : 0;
  return session.output.pendingBytes + queued;
}

/** Tells the binding that output waits, or that the end has come, when it could not know. */
export function announce(session: Session): void {
  if (session.announced || session.busy > 0 || session.outputReady === undefined) return;
  if (pendingBytes(session) === 0 && !session.isClosed) return;
  session.announced = true;
  session.outputReady();
}
