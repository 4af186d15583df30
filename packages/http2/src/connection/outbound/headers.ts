// Encodes header blocks straight into the write buffer, as HEADERS and where needed CONTINUATION.
import type { HeaderBlock } from "../../contract.js";
import { writeContinuationHead } from "../../frame/continuation.js";
import { Flag, frameHeadBytes } from "../../frame/head.js";
import { writeHeadersHead } from "../../frame/headers.js";
import { headerListBytes } from "../../stream/header-rules.js";
import { afterLocalEnd, StreamState } from "../../stream/state-table.js";
import type { Stream } from "../../stream/stream.js";
import { UsageError } from "../../usage-error.js";
import { resetLetGo } from "../let-go.js";
import type { Session } from "../session.js";
import { streamEnded } from "../stream-end.js";

/** Most blocks fit in this much, so that the exact bound is not worked out for each. */
const usualRoom = 1024;

/** Writes one block and, when it ends the stream, moves the stream on. */
export function writeHeaders(
  session: Session,
  stream: Stream,
  block: HeaderBlock,
  endStream: boolean,
): void {
  const { output, encoder } = session;
  output.room(usualRoom);
  let end = encoder.encode(block, output.buffer, output.end + frameHeadBytes);
  if (end < 0) {
    output.room(frameHeadBytes + encoder.maxEncodedLength(block));
    end = encoder.encode(block, output.buffer, output.end + frameHeadBytes);
  }
  const length = end - output.end - frameHeadBytes;
  if (length > session.peerMaxFrame) splitBlock(session, stream.id, length, endStream);
  else {
    const flags = endStream ? Flag.END_HEADERS | Flag.END_STREAM : Flag.END_HEADERS;
    writeHeadersHead(output.buffer, output.end, stream.id, length, flags);
    output.end = end;
  }
  stream.headSent = true;
  session.headersSent++;
  if (endStream) endLocalSide(session, stream);
}

/** The block lies behind the room for one head; its pieces are written over again with a head each. */
function splitBlock(session: Session, id: number, length: number, endStream: boolean): void {
  const { output, peerMaxFrame } = session;
  const from = output.end + frameHeadBytes;
  const block = output.buffer.slice(from, from + length);
  for (let at = 0; at < length; at += peerMaxFrame) {
    const piece = block.subarray(at, at + peerMaxFrame);
    const isLast = at + piece.length === length;
    output.room(frameHeadBytes + piece.length);
    const { buffer, end } = output;
    if (at === 0) {
      writeHeadersHead(buffer, end, id, piece.length, endStream ? Flag.END_STREAM : 0);
    } else writeContinuationHead(buffer, end, id, piece.length, isLast);
    buffer.set(piece, end + frameHeadBytes);
    output.end = end + frameHeadBytes + piece.length;
  }
}

/** We have sent END_STREAM. */
export function endLocalSide(session: Session, stream: Stream): void {
  stream.state = afterLocalEnd(stream.state);
  if (stream.state === StreamState.CLOSED) streamEnded(session, stream);
  else if (stream.isLetGo) resetLetGo(session, stream);
}

/**
 * Refuses a list that the peer said it would not take (SETTINGS_MAX_HEADER_LIST_SIZE).
 * @throws UsageError naming size and limit.
 */
export function checkListSize(session: Session, block: HeaderBlock): void {
  const limit = session.peerMaxHeaderList;
  if (limit === Number.POSITIVE_INFINITY) return;
  const size = headerListBytes(block.fields) + prefixListBytes(session, block.prefix);
  if (size <= limit) return;
  throw new UsageError(`sending a header list of ${size} bytes: the peer takes ${limit}`);
}

function prefixListBytes(session: Session, prefix: HeaderBlock | undefined): number {
  if (prefix === undefined) return 0;
  if (session.sizedPrefix !== prefix) {
    let size = 0;
    for (let part: HeaderBlock | undefined = prefix; part !== undefined; part = part.prefix) {
      size += headerListBytes(part.fields);
    }
    session.sizedPrefix = prefix;
    session.sizedPrefixBytes = size;
  }
  return session.sizedPrefixBytes;
}
