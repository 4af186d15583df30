// Waits for the first message of a TLS client, to know which server it asks for before TLS begins.
import type { Socket } from "node:net";
import { readClientHello } from "./client-hello.js";

/** The alert `unrecognized_name`, fatal, in a record of its own (RFC 8446 s6, RFC 6066 s3). */
const unrecognizedName: Uint8Array = Uint8Array.of(21, 3, 3, 0, 2, 2, 112);

/**
 * Calls `onKnown` with the name, undefined if the client named none; everything that was read is put back into the socket.
 * A client that does not say enough within `timeoutMs` is cut off, and `onTimeout` called.
 */
export function peekServerName(
  socket: Socket,
  timeoutMs: number,
  onTimeout: () => void,
  onKnown: (serverName: string | undefined) => void,
): void {
  let seen: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => {
    onTimeout();
    socket.destroy();
  }, timeoutMs);
  const giveUp = (): unknown => socket.destroy();
  const disarm = (): void => clearTimeout(timer);
  const look = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const hello = readClientHello(seen);
    if (hello === undefined) return;
    disarm();
    socket.off("data", look);
    socket.off("error", giveUp);
    socket.off("close", disarm);
    socket.pause();
    socket.unshift(seen);
    onKnown(hello.serverName);
  };
  socket.on("data", look);
  socket.on("error", giveUp);
  socket.on("close", disarm);
  // As it is behind a proxy's header.
  if (socket.isPaused()) socket.resume();
}

/** Tells a client that there is no such server here, and closes. */
export function refuseServerName(socket: Socket): void {
  socket.on("error", () => {});
  socket.resume();
  socket.end(unrecognizedName, () => socket.destroy());
}
