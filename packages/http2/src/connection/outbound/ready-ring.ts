// The ring of streams that have something to send and a window to send it in; who was served goes to the end.
import type { Stream } from "../../stream/stream.js";
import type { Session } from "../session.js";

/** Puts a stream at the end of the ring, once. */
export function addReady(session: Session, stream: Stream): void {
  if (stream.isReady) return;
  stream.isReady = true;
  session.readyBytes += stream.queuedBytes;
  const last = session.lastReady;
  stream.previousReady = last;
  if (last === undefined) session.firstReady = stream;
  else last.nextReady = stream;
  session.lastReady = stream;
}

/** Takes a stream out of the ring, wherever it stands. */
export function removeReady(session: Session, stream: Stream): void {
  if (!stream.isReady) return;
  const { previousReady, nextReady } = stream;
  if (previousReady === undefined) session.firstReady = nextReady;
  else previousReady.nextReady = nextReady;
  if (nextReady === undefined) session.lastReady = previousReady;
  else nextReady.previousReady = previousReady;
  stream.isReady = false;
  session.readyBytes -= stream.queuedBytes;
  stream.nextReady = undefined;
  stream.previousReady = undefined;
}
