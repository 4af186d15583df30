// Streams whose answer was complete before their request: reset without error once all is sent.
import type { StreamSink } from "../contract.js";
import { ErrorCode } from "../frame/error-code.js";
import { StreamState } from "../stream/state-table.js";
import type { Stream } from "../stream/stream.js";
import { consumeData } from "./inbound/data.js";
import { sendRst } from "./outbound/control.js";
import type { Session } from "./session.js";
import { discardStream, rememberReset, slotFreed } from "./stream-end.js";

/** Nobody listens any more: what still comes is dropped, and RST_STREAM(NO_ERROR) waits for the queue (RFC 9113 s8.1). */
export function letGoOfStream(session: Session, stream: Stream): void {
  stream.isLetGo = true;
  stream.sink = new DiscardingSink(session, stream);
  if (stream.unread > 0) consumeData(session, stream, stream.unread);
}

/** Everything is sent that was queued. */
export function resetLetGo(session: Session, stream: Stream): void {
  discardStream(session, stream, StreamState.RESET_LOCAL);
  sendRst(session, stream.id, ErrorCode.NO_ERROR);
  rememberReset(session, stream.id);
  slotFreed(session);
}

class DiscardingSink implements StreamSink {
  readonly #session: Session;
  readonly #stream: Stream;

  constructor(session: Session, stream: Stream) {
    this.#session = session;
    this.#stream = stream;
  }

  dataReceived(bytes: Uint8Array): void {
    consumeData(this.#session, this.#stream, bytes.length);
  }

  headersReceived(): void {}
  trailersReceived(): void {}
  streamReset(): void {}
  writable(): void {}
}
