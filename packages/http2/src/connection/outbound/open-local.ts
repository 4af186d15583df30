// Opens a stream of a client's own (RFC 9113 s5.1.1).
import type { HeaderBlock, StreamSink } from "../../contract.js";
import { StreamState } from "../../stream/state-table.js";
import { Stream } from "../../stream/stream.js";
import { UsageError } from "../../usage-error.js";
import { resumeKeepalive } from "../lifetime/keepalive.js";
import { retire } from "../lifetime/retirement.js";
import type { Session } from "../session.js";
import { checkListSize, writeHeaders } from "./headers.js";

/** Opens a stream and writes its head. 0 when none can be opened now. */
export function openLocalStream(
  session: Session,
  block: HeaderBlock,
  endStream: boolean,
  sink: StreamSink,
): number {
  if (session.role === "server") throw new UsageError("opening a stream: servers open none");
  if (session.isDraining || session.nextLocalId > session.limits.maxStreamId) return 0;
  if (session.activeStreams >= streamLimit(session)) {
    session.slotWanted = true;
    return 0;
  }
  checkListSize(session, block);
  const id = session.nextLocalId;
  session.nextLocalId = id + 2;
  if (session.keepaliveRests) resumeKeepalive(session);
  const { peerInitialWindow, initialWindow, nowMs } = session;
  const stream = new Stream(id, StreamState.OPEN, peerInitialWindow, initialWindow, nowMs);
  stream.sink = sink;
  stream.isHead = isHeadRequest(block);
  session.streams.add(stream);
  session.activeStreams++;
  session.stats.streamsOpened++;
  writeHeaders(session, stream, block, endStream);
  if (session.nextLocalId > session.limits.maxStreamId) retire(session, "ids_used_up");
  return id;
}

/** Until the server has spoken, a modest number: it may want fewer than infinitely many. */
function streamLimit(session: Session): number {
  if (session.peerSettingsReceived) return session.peerMaxStreams;
  return session.limits.streamsBeforeSettings;
}

function isHeadRequest(block: HeaderBlock): boolean {
  let first = block;
  while (first.prefix !== undefined) first = first.prefix;
  const { fields } = first;
  for (let i = 0; i < fields.length && fields[i]!.startsWith(":"); i += 2) {
    if (fields[i] === ":method") return fields[i + 1] === "HEAD";
  }
  return false;
}
