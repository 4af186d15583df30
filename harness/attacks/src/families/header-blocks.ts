// Attacks on the reader of header blocks: endless ones, bombs, and broken HPACK.
import { formatContinuation, formatHeaders, SettingId } from "@trunkline/http2";
import { type Attack, breaks, breaksProtocol } from "../attack.js";
import { getCall, paths } from "../wire/calls.js";
import {
  crumb,
  indexed,
  literal,
  remembered,
  requestBlock,
  tableSize,
} from "../wire/hpack-by-hand.js";
import { join, repeat, zeros } from "../wire/octets.js";
import type { RawPeer } from "../wire/raw-peer.js";

const against = "server";
const compression = (debug: RegExp): Pick<Attack, "ending" | "counter"> =>
  breaksProtocol("COMPRESSION_ERROR", debug);

/** A block in as many frames as it takes. */
function inFrames(peer: RawPeer, block: Uint8Array): Uint8Array {
  const size = 16_384;
  const id = peer.takeId();
  if (block.length <= size) return formatHeaders(id, block);
  const frames = [formatHeaders(id, block.subarray(0, size), 0)];
  for (let at = size; at < block.length; at += size) {
    const isLast = at + size >= block.length;
    frames.push(formatContinuation(id, block.subarray(at, at + size), isLast));
  }
  return join(...frames);
}

const unfinished = (peer: RawPeer): Uint8Array =>
  formatHeaders(peer.takeId(), requestBlock(paths.get), 0);

/** Index of the newest entry of the dynamic table. */
const newest = 62;

/** One header list a write, over and over. */
const lists = (make: (turn: number) => Uint8Array) => (peer: RawPeer) =>
  inFrames(peer, requestBlock(paths.get, make(peer.turn++)));

/** Too large, but no more than four times: each list costs its stream, and too many of them the connection. */
const oneList = {
  against,
  ending: [breaks("errorResetBurst").ending, { kind: "answered", status: "8" }],
  counter: "errorResets",
} as const satisfies Partial<Attack>;
/** Larger than that: one is enough. */
const bomb = { against, ...breaks("maxHeaderListBytes") } as const;

export const headerAttacks: readonly Attack[] = [
  {
    name: "continuation-flood",
    cve: "CVE-2024-27316",
    sends: "one HEADERS and CONTINUATION of 1 KiB without end",
    against,
    ...breaks("maxContinuations"),
    behaviour: { acknowledges: false },
    opening: unfinished,
    chunk: (peer) =>
      formatContinuation(peer.lastId, literal(`x-${peer.turn++}`, "a".repeat(1000)), false),
  },
  {
    name: "continuation-empty",
    cve: "CVE-2024-27316",
    sends: "one HEADERS and empty CONTINUATION without end",
    against,
    ...breaks("maxContinuations"),
    behaviour: { acknowledges: false },
    opening: unfinished,
    chunk: (peer) => repeat(1000, () => formatContinuation(peer.lastId, zeros(0), false)),
  },
  {
    name: "oversized-block",
    cve: "CVE-2023-45288",
    sends: "a block of 80 KiB in frames of 16 KiB",
    against,
    ...breaks("maxHeaderBlockBytes"),
    chunk: lists(() => literal("x-large", "a".repeat(80_000))),
  },
  {
    ...oneList,
    name: "header-list-bomb",
    cve: "CVE-2016-6581",
    sends: "lists of 28 KiB, where 16 KiB are allowed",
    chunk: lists(() => repeat(7, (i) => literal(`x-${i}`, "a".repeat(4000)))),
  },
  {
    ...oneList,
    name: "metadata-bomb",
    cve: "CVE-2026-49975",
    sends: "lists of 300 tiny fields, where 128 are allowed",
    chunk: lists(() => repeat(300, (i) => literal(`x${i}`, "1"))),
  },
  {
    ...bomb,
    name: "cookie-crumbs",
    cve: "CVE-2026-47774",
    sends: "lists of 4,000 crumbs of one cookie",
    chunk: lists(() => repeat(4000, () => crumb("a=1"))),
  },
  {
    ...bomb,
    name: "hpack-bomb",
    cve: "CVE-2016-6581",
    sends: "an entry of 4,000 bytes, and 16,000 references to it of one byte each",
    chunk: lists(() =>
      join(
        remembered("x-bomb", "a".repeat(3900)),
        repeat(16_000, () => indexed(newest)),
      ),
    ),
  },
  {
    ...bomb,
    name: "hpack-reference-repeat",
    cve: "CVE-2026-49975",
    sends: "an empty field, and 16,000 references to it, with all windows closed",
    behaviour: { settings: [SettingId.INITIAL_WINDOW_SIZE, 0] },
    chunk: lists(() =>
      join(
        remembered("x", ""),
        repeat(16_000, () => indexed(newest)),
      ),
    ),
  },
  {
    name: "hpack-integer-padding",
    cve: "CVE-2023-33953",
    sends: "an index whose integer never ends",
    against,
    ...compression(/octets/),
    chunk: lists(() =>
      join(
        Uint8Array.of(0xff),
        repeat(1000, () => Uint8Array.of(0x80)),
      ),
    ),
  },
  {
    name: "hpack-lying-string",
    cve: "CVE-2023-33953",
    sends: "a value that says it has 256 MiB",
    against,
    ...compression(/./),
    chunk: lists(() => Uint8Array.of(0, 1, 0x78, 0x7f, 0x81, 0xff, 0xff, 0x7f)),
  },
  {
    name: "hpack-huffman-eos",
    cve: "CVE-2023-33953",
    sends: "a Huffman string that holds EOS",
    against,
    ...compression(/huffman|EOS/i),
    chunk: lists(() => Uint8Array.of(0, 1, 0x78, 0x84, 0xff, 0xff, 0xff, 0xff)),
  },
  {
    name: "hpack-table-growth",
    sends: "a table size update far beyond what was allowed",
    against,
    ...compression(/table/i),
    chunk: (peer) =>
      formatHeaders(peer.takeId(), join(tableSize(1 << 24), requestBlock(paths.get))),
  },
  {
    name: "encoder-table-growth",
    sends: "SETTINGS_HEADER_TABLE_SIZE of 2^32-1, and calls",
    against,
    ending: { kind: "tolerated" },
    behaviour: { settings: [SettingId.HEADER_TABLE_SIZE, 2 ** 32 - 1] },
    pauseMs: 20,
    chunk: (peer) => repeat(20, () => getCall(peer, 1)),
  },
];
