// Trailers from the peer: the last HEADERS of a stream, after which it sends nothing more.
import { ErrorCode } from "../../frame/error-code.js";
import type { DecodedHeaderList } from "../../hpack/header-list.js";
import { headerFacts } from "../../stream/header-rules.js";
import { actionFor, StreamInput, StreamState } from "../../stream/state-table.js";
import type { Stream } from "../../stream/stream.js";
import type { Session } from "../session.js";
import { failStream, streamEnded } from "../stream-end.js";

/** HEADERS after the head of a message: trailers or nothing (RFC 9113 s8.1). */
export function receiveTrailers(
  session: Session,
  stream: Stream,
  list: DecodedHeaderList,
  endStream: boolean,
): void {
  const fault = trailersFault(stream, list, endStream);
  if (fault !== undefined) {
    failStream(session, stream, ErrorCode.PROTOCOL_ERROR, fault);
    return;
  }
  stream.state = actionFor(stream.state, StreamInput.HEADERS_END);
  stream.sink?.trailersReceived(list);
  if (stream.state === StreamState.CLOSED && stream.isActive) streamEnded(session, stream);
}

function trailersFault(
  stream: Stream,
  list: DecodedHeaderList,
  endStream: boolean,
): string | undefined {
  if (!endStream) return "a second HEADERS without END_STREAM";
  const fault = headerFacts(list).trailersFault;
  if (fault !== undefined) return fault;
  return stream.promised > 0
    ? `the body is ${stream.promised} bytes shorter than its content-length`
    : undefined;
}
