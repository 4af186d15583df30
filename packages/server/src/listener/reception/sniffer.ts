// Looks at the first bytes of a connection to tell HTTP/2 from HTTP/1.
import type { Socket } from "node:net";
import type { ListenerCounters } from "../listener-counters.js";
import { looksLikeHttp1, refuseSocket } from "./http1-answer.js";
import type { Http1Intake } from "./http1-requests.js";

/** How patient the sniffer is, and where it counts those it gave up. */
export interface SnifferSetup {
  readonly handshakeTimeoutMs: number;
  readonly counters: ListenerCounters;
  /** Who answers HTTP/1, with what was read. Default: such clients are refused. */
  readonly onHttp1?: Http1Intake | undefined;
}

/**
 * Calls `onHttp2` as soon as the connection cannot be HTTP/1, with the bytes that were read to find
 * out. An HTTP/1 client is answered and closed here, unless there is `onHttp1`; one that has not said enough is closed after
 * `handshakeTimeoutMs`, also when it goes on sending an octet now and then. What is neither is left
 * to the HTTP/2 engine, which refuses it properly.
 */
export function sniffProtocol(
  socket: Socket,
  { handshakeTimeoutMs, counters, onHttp1 }: SnifferSetup,
  onHttp2: (firstBytes: Uint8Array) => void,
): void {
  let seen: Buffer = Buffer.alloc(0);
  const giveUp = (): void => {
    socket.destroy();
  };
  const timer = setTimeout(() => {
    counters.handshakeTimeouts++;
    giveUp();
  }, handshakeTimeoutMs);
  const disarm = (): void => clearTimeout(timer);
  const decide = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const isHttp1 = startsLikePreface(seen) ? false : looksLikeHttp1(seen);
    if (isHttp1 === undefined) return;
    socket.off("data", decide);
    socket.off("error", giveUp);
    socket.off("close", disarm);
    disarm();
    if (isHttp1 && onHttp1 !== undefined) onHttp1(socket, seen);
    else if (isHttp1) refuseSocket(socket, seen.subarray(0, 5).toString("latin1") === "HEAD ");
    else onHttp2(seen);
  };
  socket.on("data", decide);
  socket.on("error", giveUp);
  socket.on("close", disarm);
}

/** RFC 9113 s3.4: `PRI * HTTP/2.0`. No HTTP/1 method begins with `PRI`. */
function startsLikePreface(bytes: Uint8Array): boolean {
  return bytes.length >= 3 && bytes[0] === 0x50 && bytes[1] === 0x52 && bytes[2] === 0x49;
}
