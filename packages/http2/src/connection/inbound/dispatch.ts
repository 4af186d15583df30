// Hands each frame to the room of its type, after the two rules that look at the order of frames.
import { ErrorCode } from "../../frame/error-code.js";
import { Flag, FrameType } from "../../frame/head.js";
import { failConnection } from "../ending.js";
import { noteGlitch } from "../floods/glitches.js";
import { receiveGoaway } from "../goaway.js";
import { receivePing } from "../ping.js";
import type { Session } from "../session.js";
import { receiveSettings } from "../settings.js";
import {
  receivePriority,
  receivePushPromise,
  receiveRstStream,
  receiveWindowUpdate,
} from "./control.js";
import { receiveData } from "./data.js";
import { receiveContinuation, receiveHeaders } from "./headers.js";

/** One whole frame; its payload is `bytes[start .. end]`. */
export function dispatchFrame(
  session: Session,
  type: number,
  flags: number,
  id: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if (isOutOfOrder(session, type, flags, id)) return;
  switch (type) {
    case FrameType.DATA:
      receiveData(session, flags, id, bytes, start, end);
      break;
    case FrameType.HEADERS:
      receiveHeaders(session, flags, id, bytes, start, end);
      break;
    case FrameType.PRIORITY:
      receivePriority(session, id, bytes, start, end);
      break;
    case FrameType.RST_STREAM:
      receiveRstStream(session, id, bytes, start, end);
      break;
    case FrameType.SETTINGS:
      receiveSettings(session, flags, id, bytes, start, end);
      break;
    case FrameType.PUSH_PROMISE:
      receivePushPromise(session, id);
      break;
    case FrameType.PING:
      receivePing(session, flags, id, bytes, start, end);
      break;
    case FrameType.GOAWAY:
      receiveGoaway(session, id, bytes, start, end);
      break;
    case FrameType.WINDOW_UPDATE:
      receiveWindowUpdate(session, id, bytes, start, end);
      break;
    case FrameType.CONTINUATION:
      receiveContinuation(session, flags, id, bytes, start, end);
      break;
    default:
      // RFC 9113 s5.5: unknown types are ignored.
      noteGlitch(session, end - start);
      break;
  }
}

function isOutOfOrder(session: Session, type: number, flags: number, id: number): boolean {
  const { block } = session;
  if (block !== undefined && (type !== FrameType.CONTINUATION || id !== block.streamId)) {
    const message = `frame type ${type} on stream ${id} inside the header block of stream ${block.streamId}`;
    failConnection(session, ErrorCode.PROTOCOL_ERROR, message);
    return true;
  }
  if (session.peerSettingsReceived) return false;
  if (type === FrameType.SETTINGS && (flags & Flag.ACK) === 0) return false;
  failConnection(session, ErrorCode.PROTOCOL_ERROR, "the first frame is not SETTINGS");
  return true;
}
