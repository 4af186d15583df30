// Prints a byte stream as one line per frame, so that a test reads like a packet capture.
import { errorCodeName } from "../frame/error-code.js";
import { parseGoawayDebug } from "../frame/goaway.js";
import {
  Flag,
  FrameType,
  frameHeadBytes,
  readFrameLength,
  readUint31,
  readUint32,
} from "../frame/head.js";
import { readSettingId, readSettingValue, settingBytes } from "../frame/settings.js";
import { createDecoder, type HpackDecoder } from "../hpack/decoder.js";

/** Reads what one side of a connection writes; keeps the HPACK state between calls. */
export class FramePrinter {
  readonly #decoder: HpackDecoder = createDecoder({
    maxTableSize: 4096,
    maxListBytes: 1 << 20,
    maxFields: 10_000,
  });
  /** The debug data of the last GOAWAY. */
  goawayDebug = "";
  #fragments: number[] = [];

  /** One line for each whole frame in `bytes`. */
  print(bytes: Uint8Array): string[] {
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + frameHeadBytes + readFrameLength(bytes, at);
      lines.push(this.#line(bytes.subarray(at, end)));
      at = end;
    }
    return lines;
  }

  #line(frame: Uint8Array): string {
    const type = frame[3]!;
    const flags = frame[4]!;
    const id = readUint31(frame, 5);
    const payload = frame.subarray(frameHeadBytes);
    const end = flags & Flag.END_STREAM ? " END" : "";
    switch (type) {
      case FrameType.DATA:
        return `DATA ${id} ${payload.length}${end}`;
      case FrameType.HEADERS:
        return `HEADERS ${id} ${this.#fields(payload, flags)}${end}`;
      case FrameType.CONTINUATION:
        return `CONTINUATION ${id} ${this.#fields(payload, flags)}`;
      case FrameType.RST_STREAM:
        return `RST_STREAM ${id} ${errorCodeName(readUint32(payload, 0))}`;
      case FrameType.SETTINGS:
        return `SETTINGS ${flags & Flag.ACK ? "ACK" : settings(payload)}`;
      case FrameType.PING:
        return `PING${flags & Flag.ACK ? " ACK" : ""} ${payload.join(" ")}`;
      case FrameType.GOAWAY:
        this.goawayDebug = parseGoawayDebug(payload, 0, payload.length);
        return `GOAWAY last=${readUint31(payload, 0)} ${errorCodeName(readUint32(payload, 4))}`;
      case FrameType.WINDOW_UPDATE:
        return `WINDOW_UPDATE ${id} +${readUint31(payload, 0)}`;
      default:
        return `TYPE ${type} ${id}`;
    }
  }

  #fields(payload: Uint8Array, flags: number): string {
    for (const octet of payload) this.#fragments.push(octet);
    if ((flags & Flag.END_HEADERS) === 0) return "...";
    const block = Uint8Array.from(this.#fragments);
    this.#fragments = [];
    const { fields, errorMessage } = this.#decoder.decode(block, 0, block.length);
    if (errorMessage !== undefined) return `broken: ${errorMessage}`;
    const parts: string[] = [];
    for (let i = 0; i < fields.length; i += 2) parts.push(`${fields[i]}=${fields[i + 1]}`);
    return parts.join(" ");
  }
}

function settings(payload: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < payload.length; at += settingBytes) {
    parts.push(`${readSettingId(payload, at)}=${readSettingValue(payload, at)}`);
  }
  return parts.join(" ");
}
