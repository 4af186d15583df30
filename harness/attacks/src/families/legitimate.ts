// Not attacks: unusual traffic of honest peers that no budget may be charged for (gRPC's HTTP/2 interop cases).
import { ErrorCode, formatData, formatRstStream } from "@trunkline/http2";
import type { Attack } from "../attack.js";
import { collectCall, getCall } from "../wire/calls.js";
import { envelope, join, repeat, zeros } from "../wire/octets.js";

const against = "server";
const answered = { kind: "answered", status: "0" } as const;

/** An upload whose DATA frames have five bytes each: an empty message, or a part of one. */
function tinyFrames(frames: number, pad?: number) {
  return (peer: Parameters<typeof collectCall>[0]): Uint8Array => {
    const head = collectCall(peer);
    const message = envelope(zeros(0));
    const body = repeat(frames, (i) => formatData(peer.lastId, message, i === frames - 1, pad));
    return join(head, body);
  };
}

/** Honest traffic. */
export const legitimate: readonly Attack[] = [
  {
    name: "honest-no-df-padding",
    sends: "uploads in 62,000 DATA frames of 5 bytes",
    against,
    ending: answered,
    lanes: 1,
    patienceMs: 15_000,
    opening: tinyFrames(62_000),
  },
  {
    name: "honest-data-frame-padding",
    sends: "uploads in 62,000 DATA frames of 5 bytes and 255 of padding",
    against,
    ending: answered,
    lanes: 1,
    keptMs: 5000,
    patienceMs: 15_000,
    chunk: (peer) => {
      // As much at a time as the windows take: an honest peer waits for WINDOW_UPDATE.
      if (peer.turn++ > 0) return zeros(0);
      return tinyFrames(3900, 255)(peer);
    },
  },
  {
    name: "honest-cancellations",
    sends: "100 calls, cancelled after 100 ms, again and again: deadlines that pass",
    against,
    ending: { kind: "tolerated" },
    pauseMs: 100,
    chunk: (peer) => {
      const cancelled = repeat(peer.turn, (i) =>
        formatRstStream(peer.lastId - 2 * i, ErrorCode.CANCEL),
      );
      peer.turn = 100;
      return join(
        cancelled,
        repeat(100, () => getCall(peer, 1, true)),
      );
    },
  },
];
