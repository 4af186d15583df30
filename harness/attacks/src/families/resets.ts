// Attacks that make work and take it back: Rapid Reset, and streams that we are made to reset.
import {
  ErrorCode,
  formatData,
  formatHeaders,
  formatPriority,
  formatRstStream,
  formatWindowUpdate,
} from "@trunkline/http2";
import { type Attack, breaks, breaksProtocol } from "../attack.js";
import { collectCall, getCall, openCall, paths } from "../wire/calls.js";
import { literal, requestBlock } from "../wire/hpack-by-hand.js";
import { join, repeat, zeros } from "../wire/octets.js";
import type { RawPeer } from "../wire/raw-peer.js";

const against = "server";
const maxWindow = 2 ** 31 - 1;

/** Many streams per write: `make` is called for each of them. */
const many =
  (make: (peer: RawPeer) => Uint8Array, count = 200) =>
  (peer: RawPeer): Uint8Array =>
    repeat(count, () => make(peer));

const malformed = (...fields: Uint8Array[]): Uint8Array => requestBlock(paths.get, ...fields);

/** A call that the server has accepted, and then a frame that RFC 9113 answers with a stream error. */
function madeYouReset(
  name: string,
  sends: string,
  broken: Pick<Attack, "ending" | "counter">,
  fault: (id: number) => Uint8Array,
): Attack {
  return {
    name: `made-you-reset-${name}`,
    cve: "CVE-2025-8671",
    sends: `accepted calls, then ${sends}`,
    against,
    ...broken,
    chunk: many((peer) => {
      const call = getCall(peer, 1, true);
      return join(call, fault(peer.lastId));
    }),
  };
}

export const resetAttacks: readonly Attack[] = [
  {
    name: "rapid-reset",
    cve: "CVE-2023-44487",
    sends: "HEADERS and RST_STREAM, as fast as they are taken",
    against,
    ...breaks("maxResetRatio"),
    chunk: many((peer) => {
      const head = openCall(peer);
      return join(head, formatRstStream(peer.lastId, ErrorCode.CANCEL));
    }),
  },
  {
    name: "rapid-reset-running",
    cve: "CVE-2023-44487",
    sends: "whole requests whose handlers start and wait, and RST_STREAM for each",
    against,
    ...breaks("maxResetRatio"),
    chunk: many((peer) => {
      const call = getCall(peer, 1, true);
      return join(call, formatRstStream(peer.lastId, ErrorCode.CANCEL));
    }),
  },
  {
    name: "rapid-reset-late",
    cve: "CVE-2023-44487",
    sends: "100 whole requests in one write, and their resets in the next",
    against,
    ...breaks("maxResetRatio"),
    chunk: (peer) => {
      if (peer.turn++ % 2 === 0) return repeat(100, () => getCall(peer, 1, true));
      return repeat(100, (i) => formatRstStream(peer.lastId - 2 * i, ErrorCode.CANCEL));
    },
  },
  madeYouReset(
    "window-zero",
    "WINDOW_UPDATE of 0",
    breaksProtocol("PROTOCOL_ERROR", /WINDOW_UPDATE of 0/),
    (id) => formatWindowUpdate(id, 0),
  ),
  madeYouReset(
    "window-overflow",
    "WINDOW_UPDATE beyond 2^31-1",
    breaksProtocol("FLOW_CONTROL_ERROR", /window/),
    (id) => formatWindowUpdate(id, maxWindow),
  ),
  madeYouReset(
    "priority-length",
    "PRIORITY of four octets",
    breaksProtocol("FRAME_SIZE_ERROR", /PRIORITY/),
    (id) => {
      const frame = formatPriority(id, 0).slice(0, -1);
      frame[2] = 4;
      return frame;
    },
  ),
  madeYouReset(
    "priority-self",
    "PRIORITY on itself",
    breaksProtocol("PROTOCOL_ERROR", /depends on itself/),
    (id) => formatPriority(id, id),
  ),
  madeYouReset(
    "data-after-end",
    "DATA after END_STREAM",
    breaksProtocol("STREAM_CLOSED", /DATA/),
    (id) => formatData(id, zeros(1)),
  ),
  madeYouReset(
    "headers-after-end",
    "HEADERS after END_STREAM",
    breaksProtocol("STREAM_CLOSED", /HEADERS/),
    (id) => formatHeaders(id, malformed()),
  ),
  {
    name: "made-you-reset-length",
    cve: "CVE-2025-8671",
    sends: "accepted calls whose DATA is longer than content-length",
    against,
    ...breaks("errorResetBurst"),
    chunk: many((peer) =>
      join(
        formatHeaders(peer.takeId(), malformed(literal("content-length", "1"))),
        formatData(peer.lastId, zeros(5)),
      ),
    ),
  },
  {
    name: "malformed-heads",
    cve: "CVE-2019-9514",
    sends: "HEADERS that are malformed, each worth an RST_STREAM of ours",
    against,
    ...breaks("errorResetBurst"),
    chunk: many((peer) => formatHeaders(peer.takeId(), malformed(literal("connection", "close")))),
  },
  {
    name: "malformed-heads-unread",
    cve: "CVE-2019-9514",
    sends: "the same, and never reads the answers",
    against,
    ending: { kind: "closed" },
    counter: "limitsBroken.errorResetBurst",
    behaviour: { reads: false },
    chunk: many((peer) => formatHeaders(peer.takeId(), malformed(literal("connection", "close")))),
  },
  {
    name: "empty-field-names",
    cve: "CVE-2019-9516",
    sends: "HEADERS with 100 fields that have neither name nor value",
    against,
    ending: [breaks("errorResetBurst").ending, { kind: "reset", code: "PROTOCOL_ERROR" }],
    counter: "errorResets",
    chunk: many(
      (peer) => formatHeaders(peer.takeId(), malformed(repeat(100, () => literal("", "")))),
      40,
    ),
  },
  {
    name: "stray-resets",
    sends: "RST_STREAM for a stream that ended long ago",
    against,
    ...breaks("glitchBurst"),
    opening: (peer) => getCall(peer, 1),
    pauseMs: 1,
    chunk: (peer) => repeat(1000, () => formatRstStream(peer.lastId, ErrorCode.CANCEL)),
  },
  {
    name: "collect-and-reset",
    cve: "CVE-2023-44487",
    sends: "uploads that begin, with a message, and are reset",
    against,
    ...breaks("maxResetRatio"),
    chunk: many((peer) => {
      const call = collectCall(peer, true);
      return join(call, formatRstStream(peer.lastId, ErrorCode.CANCEL));
    }),
  },
];
