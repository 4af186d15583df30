// The half of the list that a server can turn against our client.
import {
  ErrorCode,
  Flag,
  formatContinuation,
  formatData,
  formatGoaway,
  formatHeaders,
  formatRstStream,
  formatWindowUpdate,
  SettingId,
} from "@trunkline/http2";
import { type Attack, breaks, breaksProtocol } from "../attack.js";
import { indexed, literal, remembered, responseBlock, tableSize } from "../wire/hpack-by-hand.js";
import { envelope, join, repeat, zeros } from "../wire/octets.js";
import type { RawPeer } from "../wire/raw-peer.js";
import { floodsFromServers } from "./floods.js";

const against = "client";
const newest = 62;
const mebibyte = 1_048_576;

const respond = (peer: RawPeer, ...more: Uint8Array[]): Uint8Array =>
  formatHeaders(peer.lastId, responseBlock(...more));

/** What a protocol error of a server must lead to. */
function broken(
  name: string,
  sends: string,
  code: string,
  opening: (peer: RawPeer) => Uint8Array,
): Attack {
  return { name: `server-${name}`, sends, against, ...breaksProtocol(code, /./), opening };
}

const blocks: readonly Attack[] = [
  {
    name: "server-continuation-flood",
    cve: "CVE-2024-27316",
    sends: "a response head and CONTINUATION without end",
    against,
    ...breaks("maxContinuations"),
    behaviour: { acknowledges: false },
    opening: (peer) => formatHeaders(peer.lastId, responseBlock(), 0),
    chunk: (peer) =>
      formatContinuation(peer.lastId, literal(`x-${peer.turn++}`, "a".repeat(1000)), false),
  },
  {
    name: "server-half-headers",
    sends: "a response head without END_HEADERS, and then nothing",
    against,
    ...breaks("headerBlockTimeoutMs"),
    behaviour: { acknowledges: false },
    opening: (peer) => formatHeaders(peer.lastId, responseBlock(), 0),
  },
  {
    name: "server-metadata-bomb",
    cve: "CVE-2026-49975",
    sends: "a response head of 8,000 references to one field",
    against,
    ending: { kind: "reset", code: "ENHANCE_YOUR_CALM" },
    opening: (peer) =>
      respond(
        peer,
        remembered("x", ""),
        repeat(8000, () => indexed(newest)),
      ),
  },
  {
    name: "server-informational-flood",
    sends: "1xx responses without end",
    against,
    ending: { kind: "reset", code: "PROTOCOL_ERROR" },
    opening: (peer) => repeat(2000, () => formatHeaders(peer.lastId, literal(":status", "103"))),
  },
  broken(
    "hpack-table-growth",
    "a table size update beyond what was allowed",
    "COMPRESSION_ERROR",
    (peer) => formatHeaders(peer.lastId, join(tableSize(1 << 24), responseBlock())),
  ),
];

const streams: readonly Attack[] = [
  broken("push", "PUSH_PROMISE, which was forbidden", "PROTOCOL_ERROR", () => {
    const frame = formatHeaders(
      1,
      join(Uint8Array.of(0, 0, 0, 2), responseBlock()),
      Flag.END_HEADERS,
    );
    frame[3] = 0x5;
    return frame;
  }),
  broken("unasked-stream", "a response to a call that was never made", "PROTOCOL_ERROR", () =>
    formatHeaders(9999, responseBlock()),
  ),
  broken("window-zero", "WINDOW_UPDATE of 0", "PROTOCOL_ERROR", (peer) =>
    formatWindowUpdate(peer.lastId, 0),
  ),
  broken("goaway-rising", "GOAWAY whose last stream rises", "PROTOCOL_ERROR", () =>
    join(formatGoaway(1, ErrorCode.NO_ERROR), formatGoaway(3, ErrorCode.NO_ERROR)),
  ),
  {
    name: "server-empty-data",
    cve: "CVE-2019-9518",
    sends: "DATA without a byte, and without END_STREAM",
    against,
    ...breaks("emptyDataBurst"),
    opening: (peer) => respond(peer),
    chunk: (peer) => repeat(1000, () => formatData(peer.lastId, zeros(0))),
  },
  {
    name: "server-oversized-length",
    sends: "a message that announces 4 GiB",
    against,
    ending: { kind: "reset", code: "CANCEL" },
    opening: (peer) =>
      join(respond(peer), formatData(peer.lastId, envelope(zeros(10), 2 ** 32 - 1))),
  },
  {
    name: "server-lying-length",
    sends: "a message that announces 4 MiB, and ten bytes of it",
    against,
    ending: { kind: "reset", code: "CANCEL" },
    opening: (peer) =>
      join(respond(peer), formatData(peer.lastId, envelope(zeros(10), 4 * mebibyte))),
  },
  {
    name: "server-refuses",
    sends: "RST_STREAM(REFUSED_STREAM) for a call, and no answer to others",
    against,
    ending: { kind: "tolerated" },
    opening: (peer) => formatRstStream(peer.lastId, ErrorCode.REFUSED_STREAM),
  },
];

const connections: readonly Attack[] = [
  {
    name: "server-silent",
    sends: "no SETTINGS",
    against,
    ending: { kind: "closed" },
    behaviour: { greets: false, acknowledges: false },
  },
  {
    name: "server-early-close",
    sends: "half of a frame, and closes",
    against,
    ending: { kind: "tolerated" },
    keptMs: 5,
    opening: (peer) => respond(peer).subarray(0, 12),
  },
  {
    name: "server-encoder-table-growth",
    sends: "SETTINGS_HEADER_TABLE_SIZE of 2^32-1",
    against,
    ending: { kind: "tolerated" },
    behaviour: { settings: [SettingId.HEADER_TABLE_SIZE, 2 ** 32 - 1] },
  },
  {
    name: "server-no-streams",
    sends: "SETTINGS_MAX_CONCURRENT_STREAMS of 0: calls wait for their deadlines",
    against,
    ending: { kind: "tolerated" },
    behaviour: { settings: [SettingId.MAX_CONCURRENT_STREAMS, 0] },
  },
];

/** Servers that attack their clients. */
export const maliciousServers: readonly Attack[] = [
  ...floodsFromServers,
  ...blocks,
  ...streams,
  ...connections,
];
