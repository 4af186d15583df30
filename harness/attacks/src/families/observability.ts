// Attacks on those who count and log: names without end that a client makes up.
import { Flag, formatHeaders } from "@trunkline/http2";
import type { Attack } from "../attack.js";
import { requestBlock } from "../wire/hpack-by-hand.js";
import { join, repeat } from "../wire/octets.js";

export const observabilityAttacks: readonly Attack[] = [
  {
    name: "metric-label-explosion",
    sends: "calls of ever new services and methods, which must not become series",
    against: "server",
    ending: { kind: "answered", status: "12" },
    counter: "countedAsUnknown",
    pauseMs: 5,
    chunk: (peer) =>
      join(
        repeat(20, () => {
          const path = `/made.up.Service${peer.turn++}/Method${peer.turn}`;
          const flags = Flag.END_HEADERS | Flag.END_STREAM;
          return formatHeaders(peer.takeId(), requestBlock(path), flags);
        }),
      ),
  },
];
