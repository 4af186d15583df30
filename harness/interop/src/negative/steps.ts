// The frames of an answer, good and bad, by the writer of the HTTP/2 engine.
import {
  createEncoder,
  ErrorCode,
  Flag,
  formatData,
  formatGoaway,
  formatHeaders,
  formatRstStream,
} from "@trunkline/http2";
import type { Step } from "./misbehaviour.js";

/** The payload of a DATA frame that every client takes. */
const DATA_BYTES = 16_384;

/** Without a dynamic table, so that a block is the same on all connections. */
function encodeBlock(fields: readonly string[]): Uint8Array {
  const encoder = createEncoder({ maxTableSize: 0 });
  const block = new Uint8Array(encoder.maxEncodedLength({ fields }));
  return block.slice(0, encoder.encode({ fields }, block, 0));
}

const HEADERS = encodeBlock([":status", "200", "content-type", "application/grpc"]);
const TRAILERS = encodeBlock(["grpc-status", "0"]);

/** Response headers. */
export function headers(streamId: number): Step {
  return { frame: formatHeaders(streamId, HEADERS), windowBytes: 0 };
}

/** `message` in DATA frames of `dataBytes`; each is padded with `pad` octets when `pad` is given. */
export function* data(
  streamId: number,
  message: Uint8Array,
  dataBytes = DATA_BYTES,
  pad?: number,
): Generator<Step> {
  const extraBytes = pad === undefined ? 0 : 1 + pad;
  for (let at = 0; at < message.length; at += dataBytes) {
    const payload = message.subarray(at, at + dataBytes);
    const frame = formatData(streamId, payload, false, pad);
    yield { frame, windowBytes: payload.length + extraBytes };
  }
}

/** The status OK, and the end of the stream. */
export function trailers(streamId: number): Step {
  const frame = formatHeaders(streamId, TRAILERS, Flag.END_HEADERS | Flag.END_STREAM);
  return { frame, windowBytes: 0, isLast: true };
}

/** RST_STREAM; with NO_ERROR unless told otherwise. */
export function reset(streamId: number, code: number = ErrorCode.NO_ERROR): Step {
  const frame = formatRstStream(streamId, code);
  return { frame, windowBytes: 0, isLast: true };
}

/** GOAWAY that says that this stream was the last to be served. */
export function goaway(lastStreamId: number): Step {
  return { frame: formatGoaway(lastStreamId, ErrorCode.NO_ERROR), windowBytes: 0 };
}

/** What a good server sends; `dataBytes` and `pad` as in `data`. */
export function* answer(
  streamId: number,
  message: Uint8Array,
  dataBytes?: number,
  pad?: number,
): Generator<Step> {
  yield headers(streamId);
  yield* data(streamId, message, dataBytes, pad);
  yield trailers(streamId);
}
