// Looks at the first bytes of a connection to tell HTTP/2 from HTTP/1.
import type { Socket } from "node:net";
import { looksLikeHttp1, refuseSocket } from "./http1-answer.js";

/** How long a client may take to send its first bytes, in milliseconds. */
export const SNIFF_TIMEOUT_MS = 20_000;

/**
 * Calls `onHttp2` as soon as the connection cannot be HTTP/1, with the bytes that were read to find
 * out. An HTTP/1 client is answered and closed here; one that says nothing is closed after
 * `SNIFF_TIMEOUT_MS`. What is neither is left to the HTTP/2 engine, which refuses it properly.
 */
export function sniffProtocol(socket: Socket, onHttp2: (firstBytes: Uint8Array) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const giveUp = (): void => {
    socket.destroy();
  };
  const decide = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const isHttp1 = startsLikePreface(seen) ? false : looksLikeHttp1(seen);
    if (isHttp1 === undefined) return;
    socket.off("data", decide);
    socket.off("error", giveUp);
    socket.setTimeout(0);
    socket.off("timeout", giveUp);
    if (isHttp1) refuseSocket(socket, seen.subarray(0, 5).toString("latin1") === "HEAD ");
    else onHttp2(seen);
  };
  socket.on("data", decide);
  socket.on("error", giveUp);
  socket.setTimeout(SNIFF_TIMEOUT_MS, giveUp);
}

/** RFC 9113 s3.4: `PRI * HTTP/2.0`. No HTTP/1 method begins with `PRI`. */
function startsLikePreface(bytes: Uint8Array): boolean {
  return bytes.length >= 3 && bytes[0] === 0x50 && bytes[1] === 0x52 && bytes[2] === 0x49;
}
