// Runs one connection of an attack to its end, whichever end of it we are.
import type { Attack } from "../attack.js";
import type { RawPeer, Seen } from "../wire/raw-peer.js";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** No run of an attack writes more than this. */
const mostBytes = 512 * 1024 * 1024;
let bytesWritten = 0;

/** Sends what the attack sends until the connection has ended or `endsMs` has come; then lets go of it. */
export async function runConnection(peer: RawPeer, attack: Attack, endsMs: number): Promise<Seen> {
  const keptMs = Math.min(endsMs - performance.now(), attack.keptMs ?? Number.POSITIVE_INFINITY);
  let timer = setTimeout(
    () => {
      timer = setTimeout(() => peer.end(), attack.patienceMs ?? 0);
      if (attack.patienceMs !== undefined) void peer.answered.then(() => peer.end());
    },
    Math.max(0, keptMs),
  );
  try {
    if (attack.against === "client") await peer.firstRequest;
    if (attack.opening) await peer.sendAll(await attack.opening(peer));
    if (attack.chunk) await repeatChunks(peer, attack);
    await peer.over;
  } finally {
    clearTimeout(timer);
    peer.end();
  }
  return peer.seen;
}

async function repeatChunks(peer: RawPeer, attack: Attack): Promise<void> {
  const { pauseMs = 0 } = attack;
  while (!peer.isOver && bytesWritten < mostBytes) {
    const bytes = attack.chunk!(peer);
    if (bytes.length === 0) return;
    bytesWritten += bytes.length;
    if (peer.seen.goaway !== undefined && !attack.goesOn) return;
    await peer.sendAll(bytes);
    if (pauseMs > 0) await pause(pauseMs);
  }
}
