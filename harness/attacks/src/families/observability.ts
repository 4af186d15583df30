// Attacks on those who count and log: names without end that a client makes up.
import { Flag, formatHeaders } from "@trunkline/http2";
import type { Attack } from "../attack.js";
import { paths } from "../wire/calls.js";
import { literal, requestBlock } from "../wire/hpack-by-hand.js";
import { join, repeat } from "../wire/octets.js";
import type { RawPeer } from "../wire/raw-peer.js";

/** What would end lines, colour terminals, add fields or fill disks, if it were written as it comes. */
const injections: readonly string[] = [
  "\u001b[2J\u001b[31m",
  "\u009b31m",
  "\u0007\u0008\u007f",
  '","level":"error","forged":"1',
  "%0d%0atrunkline error: forged",
  // The bytes of U+202E, U+2028 and of half a character.
  "\u00e2\u0080\u00ae \u00e2\u0080\u00a8 \u00ed\u00a0\u0080",
  "%s%d%o {{jndi:ldap://x}}",
  "a".repeat(1500),
];

/** A whole call without a message. */
function bareCall(peer: RawPeer, path: string, ...fields: readonly Uint8Array[]): Uint8Array {
  const flags = Flag.END_HEADERS | Flag.END_STREAM;
  return formatHeaders(peer.takeId(), requestBlock(path, ...fields), flags);
}

function inject(peer: RawPeer): Uint8Array {
  const text = injections[peer.turn++ % injections.length]!;
  const names = ["x-injected", "x-injected-bin", "x-request-id", "traceparent", "user-agent"];
  return join(
    bareCall(peer, `/made.up.Service${text}/Method`),
    bareCall(peer, `/made.up.Service/${text}`),
    bareCall(peer, paths.get, ...names.map((name) => literal(name, text))),
    bareCall(peer, paths.get, literal("grpc-timeout", text)),
    bareCall(peer, paths.get, literal("grpc-encoding", text)),
  );
}

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
  {
    name: "log-injection",
    sends:
      "paths, metadata and fields of gRPC with terminal escapes, quotes, separators of lines, or 1,500 characters, for a log of all calls",
    against: "server",
    isLogged: true,
    ending: { kind: "answered", status: "8 or 12 or 13" },
    counter: "logLines",
    pauseMs: 5,
    chunk: inject,
  },
];
