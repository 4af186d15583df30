// SETTINGS frames (RFC 9113 s6.5): identifiers, legal values, parse and write.
import type { Settings } from "../contract.js";
import { ErrorCode } from "./error-code.js";
import {
  Flag,
  FrameType,
  frameHeadBytes,
  maxInt31,
  maxMaxFrameSize,
  minMaxFrameSize,
  readUint32,
  writeFrameHead,
  writeUint32,
} from "./head.js";

/** SETTINGS identifiers (RFC 9113 s6.5.2). */
export const SettingId = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
} as const;

/** Octets of one setting. */
export const settingBytes = 6;

/** A setting's identifier. */
export function readSettingId(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!;
}

/** A setting's value. */
export function readSettingValue(bytes: Uint8Array, offset: number): number {
  return readUint32(bytes, offset + 2);
}

/** NO_ERROR, or the code a connection must end with when this value is received. Unknown settings take any value. */
export function checkSetting(id: number, value: number): number {
  switch (id) {
    case SettingId.ENABLE_PUSH:
      return value > 1 ? ErrorCode.PROTOCOL_ERROR : ErrorCode.NO_ERROR;
    case SettingId.INITIAL_WINDOW_SIZE:
      return value > maxInt31 ? ErrorCode.FLOW_CONTROL_ERROR : ErrorCode.NO_ERROR;
    case SettingId.MAX_FRAME_SIZE: {
      const legal = value >= minMaxFrameSize && value <= maxMaxFrameSize;
      return legal ? ErrorCode.NO_ERROR : ErrorCode.PROTOCOL_ERROR;
    }
    default:
      return ErrorCode.NO_ERROR;
  }
}

/** The settings that are present, as identifier, value, identifier, value ... */
export function settingPairs(settings: Settings): number[] {
  const pairs: number[] = [];
  const add = (id: number, value: number | undefined): void => {
    if (value !== undefined && Number.isFinite(value)) pairs.push(id, value);
  };
  add(SettingId.HEADER_TABLE_SIZE, settings.headerTableSize);
  if (settings.enablePush !== undefined) add(SettingId.ENABLE_PUSH, settings.enablePush ? 1 : 0);
  add(SettingId.MAX_CONCURRENT_STREAMS, settings.maxConcurrentStreams);
  add(SettingId.INITIAL_WINDOW_SIZE, settings.initialWindowSize);
  add(SettingId.MAX_FRAME_SIZE, settings.maxFrameSize);
  add(SettingId.MAX_HEADER_LIST_SIZE, settings.maxHeaderListSize);
  return pairs;
}

/** A SETTINGS frame of identifier, value pairs in the given order. */
export function formatSettings(pairs: readonly number[], ack = false): Uint8Array {
  const length = (pairs.length / 2) * settingBytes;
  const frame = new Uint8Array(frameHeadBytes + length);
  let at = writeFrameHead(frame, 0, length, FrameType.SETTINGS, ack ? Flag.ACK : 0, 0);
  for (let i = 0; i < pairs.length; i += 2) {
    frame[at++] = pairs[i]! >>> 8;
    frame[at++] = pairs[i]!;
    at = writeUint32(frame, at, pairs[i + 1]!);
  }
  return frame;
}
