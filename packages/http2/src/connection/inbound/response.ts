// A server's response head arrives at a client: 1xx are skipped, the final one is handed on.
import { ErrorCode } from "../../frame/error-code.js";
import type { DecodedHeaderList } from "../../hpack/header-list.js";
import type { HeaderFacts } from "../../stream/header-facts.js";
import { headerFacts } from "../../stream/header-rules.js";
import { actionFor, StreamInput, StreamState } from "../../stream/state-table.js";
import type { Stream } from "../../stream/stream.js";
import type { Session } from "../session.js";
import { failStream, streamEnded } from "../stream-end.js";

/** The first final HEADERS of a response, or a 1xx before it (RFC 9113 s8.1). */
export function receiveResponseHead(
  session: Session,
  stream: Stream,
  list: DecodedHeaderList,
  endStream: boolean,
): void {
  const facts = headerFacts(list);
  const fault = facts.responseFault ?? responseFault(session, stream, facts, endStream);
  if (fault !== undefined) {
    failStream(session, stream, ErrorCode.PROTOCOL_ERROR, fault);
    return;
  }
  if (facts.status < 200) return;
  stream.headReceived = true;
  stream.promised = isBodiless(stream, facts.status) ? -1 : facts.contentLength;
  stream.state = actionFor(stream.state, endStream ? StreamInput.HEADERS_END : StreamInput.HEADERS);
  stream.sink?.headersReceived(list, endStream);
  if (stream.state === StreamState.CLOSED && stream.isActive) streamEnded(session, stream);
}

function responseFault(
  session: Session,
  stream: Stream,
  facts: HeaderFacts,
  endStream: boolean,
): string | undefined {
  if (facts.status < 200) {
    stream.informational++;
    if (endStream) return `a ${facts.status} response that ends the stream`;
    const { maxInformational } = session.limits;
    return stream.informational > maxInformational
      ? `more than ${maxInformational} informational responses`
      : undefined;
  }
  if (!endStream || facts.contentLength <= 0 || isBodiless(stream, facts.status)) return undefined;
  return `content-length is ${facts.contentLength} and no DATA follows`;
}

/** Responses whose content-length speaks of a body that is not sent (RFC 9110 s6.4.1). */
function isBodiless(stream: Stream, status: number): boolean {
  return stream.isHead || status === 204 || status === 304;
}
