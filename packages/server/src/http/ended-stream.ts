// The end of a stream whose answer is complete.
import { type Connection, ErrorCode, type StreamSink } from "@trunkline/http2";

/** Hears of a stream that nobody is interested in any more. */
export const silentSink: StreamSink = {
  headersReceived() {},
  dataReceived() {},
  trailersReceived() {},
  streamReset() {},
  writable() {},
};

/**
 * Tells a client that is still sending that its answer is complete: RST_STREAM(NO_ERROR) behind what
 * is queued for it (RFC 9113 s8.1).
 */
export function stopReading(engine: Connection, id: number): void {
  engine.resetStream(id, ErrorCode.NO_ERROR);
}
