// SETTINGS in both directions: what the peer sets, what we set, and from when on it counts (RFC 9113 s6.5).
import type { Settings } from "../contract.js";
import { ErrorCode, errorCodeName } from "../frame/error-code.js";
import { Flag, maxInt31 } from "../frame/head.js";
import {
  checkSetting,
  formatSettings,
  readSettingId,
  readSettingValue,
  SettingId,
  settingBytes,
  settingPairs,
} from "../frame/settings.js";
import { UsageError } from "../usage-error.js";
import { failConnection } from "./ending.js";
import { breach } from "./floods/breach.js";
import { noteSettings, noteWindowShift } from "./floods/control.js";
import { settingsMoved } from "./lifetime/handshake.js";
import { addReady } from "./outbound/ready-ring.js";
import type { Session } from "./session.js";
import { noteAnswer } from "./stream-end.js";

/** A SETTINGS frame whose payload is `bytes[start .. end]`. */
export function receiveSettings(
  session: Session,
  flags: number,
  id: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const size = end - start;
  if (id !== 0) {
    failConnection(session, ErrorCode.PROTOCOL_ERROR, `SETTINGS on stream ${id}`);
  } else if (flags & Flag.ACK) receiveAck(session, size);
  else if (size % settingBytes !== 0) {
    const message = `SETTINGS of ${size} bytes, not a multiple of ${settingBytes}`;
    failConnection(session, ErrorCode.FRAME_SIZE_ERROR, message);
  } else if (size > session.limits.maxSettingsEntries * settingBytes) {
    const message = `SETTINGS with ${size / settingBytes} entries, the limit is ${session.limits.maxSettingsEntries}`;
    breach(session, "maxSettingsEntries", message);
  } else applyPeerSettings(session, bytes, start, end);
}

function applyPeerSettings(session: Session, bytes: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end; at += settingBytes) {
    const id = readSettingId(bytes, at);
    const value = readSettingValue(bytes, at);
    const code = checkSetting(id, value) || applyPeerSetting(session, id, value);
    if (code !== ErrorCode.NO_ERROR) {
      failConnection(session, code, `SETTINGS ${id} is ${value}: ${errorCodeName(code)}`);
      return;
    }
  }
  const isFirst = !session.peerSettingsReceived;
  session.peerSettingsReceived = true;
  if (isFirst) settingsMoved(session);
  session.output.append(formatSettings([], true));
  noteAnswer(session);
  noteSettings(session);
  if (session.isClosed) return;
  session.sink.settingsReceived(peerSettings(session), isFirst);
  if (session.slotWanted && session.activeStreams < session.peerMaxStreams && !session.isDraining) {
    session.slotWanted = false;
    session.sink.streamsAvailable();
  }
}

/** Everything the peer has set, or the defaults. */
function peerSettings(session: Session): Required<Settings> {
  return {
    headerTableSize: session.peerHeaderTable,
    enablePush: session.peerEnablePush,
    maxConcurrentStreams: session.peerMaxStreams,
    initialWindowSize: session.peerInitialWindow,
    maxFrameSize: session.peerMaxFrame,
    maxHeaderListSize: session.peerMaxHeaderList,
  };
}

function applyPeerSetting(session: Session, id: number, value: number): number {
  switch (id) {
    case SettingId.HEADER_TABLE_SIZE:
      session.peerHeaderTable = value;
      session.encoder.setPeerTableSize(value);
      break;
    case SettingId.ENABLE_PUSH:
      // A server that wants to be pushed to does not know what it is (RFC 9113 s6.5.2).
      if (session.role === "client" && value === 1) return ErrorCode.PROTOCOL_ERROR;
      session.peerEnablePush = value === 1;
      break;
    case SettingId.MAX_CONCURRENT_STREAMS:
      session.peerMaxStreams = value;
      break;
    case SettingId.INITIAL_WINDOW_SIZE:
      return shiftSendWindows(session, value);
    case SettingId.MAX_FRAME_SIZE:
      session.peerMaxFrame = value;
      break;
    case SettingId.MAX_HEADER_LIST_SIZE:
      session.peerMaxHeaderList = value;
      break;
    default:
      break;
  }
  return ErrorCode.NO_ERROR;
}

/** What moving the window of one stream takes of `maxStreamsPerTurn`. */
const shiftShare = 1 / 128;

/** RFC 9113 s6.9.2: the difference goes to every stream, whose window may become negative. */
function shiftSendWindows(session: Session, initialWindow: number): number {
  const delta = initialWindow - session.peerInitialWindow;
  session.peerInitialWindow = initialWindow;
  session.streamsThisTurn += session.activeStreams * shiftShare;
  noteWindowShift(session);
  for (const stream of session.streams.values()) {
    stream.sendWindow += delta;
    if (stream.sendWindow > maxInt31) return ErrorCode.FLOW_CONTROL_ERROR;
    if (stream.sendWindow > 0 && stream.queuedBytes > 0) addReady(session, stream);
  }
  return ErrorCode.NO_ERROR;
}

function receiveAck(session: Session, size: number): void {
  if (size !== 0) {
    const message = `SETTINGS ACK of ${size} bytes, it must be empty`;
    failConnection(session, ErrorCode.FRAME_SIZE_ERROR, message);
    return;
  }
  const settings = session.unacknowledged.shift();
  if (settings === undefined) {
    failConnection(session, ErrorCode.PROTOCOL_ERROR, "SETTINGS ACK without SETTINGS");
    return;
  }
  session.greetingAcknowledged = true;
  settingsMoved(session);
  enforce(session, settings);
}

/**
 * Sends SETTINGS. What is more generous than before counts at once, what is stricter from the ACK on.
 * @throws UsageError for values outside RFC 9113 s6.5.2.
 */
export function sendSettings(session: Session, settings: Settings): void {
  const pairs = settingPairs(settings);
  for (let i = 0; i < pairs.length; i += 2) {
    if (checkSetting(pairs[i]!, pairs[i + 1]!) === ErrorCode.NO_ERROR) continue;
    throw new UsageError(`sending SETTINGS ${pairs[i]} with value ${pairs[i + 1]}: not legal`);
  }
  session.output.append(formatSettings(pairs));
  session.unacknowledged.push(settings);
  if (session.greetingAcknowledged && session.unacknowledged.length === 1) settingsMoved(session);
  const { initialWindowSize, maxConcurrentStreams, maxFrameSize } = settings;
  if (maxConcurrentStreams !== undefined) session.maxStreams = maxConcurrentStreams;
  if (maxFrameSize !== undefined && maxFrameSize > session.maxFrame)
    session.maxFrame = maxFrameSize;
  if (initialWindowSize === undefined) return;
  session.windowTarget = initialWindowSize;
  if (initialWindowSize > session.initialWindow) shiftReceiveWindows(session, initialWindowSize);
}

/** The peer has acknowledged these settings, so it is bound by them. */
function enforce(session: Session, settings: Settings): void {
  const { headerTableSize, initialWindowSize, maxFrameSize } = settings;
  if (headerTableSize !== undefined) session.decoder.setMaxTableSize(headerTableSize);
  if (maxFrameSize !== undefined) session.maxFrame = maxFrameSize;
  if (initialWindowSize !== undefined) shiftReceiveWindows(session, initialWindowSize);
}

function shiftReceiveWindows(session: Session, initialWindow: number): void {
  const delta = initialWindow - session.initialWindow;
  if (delta === 0) return;
  session.initialWindow = initialWindow;
  for (const stream of session.streams.values()) stream.receiveWindow += delta;
}
