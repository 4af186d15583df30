// Waits until a socket is connected, whichever way that ends.
import type { Socket } from "node:net";

/** Resolves with the socket after `event`; rejects on its error, its end or the abort, and destroys it then. */
export function untilConnected<S extends Socket>(
  socket: S,
  event: "connect" | "secureConnect",
  signal: AbortSignal,
): Promise<S> {
  return new Promise((resolve, reject) => {
    // The listener for errors stays: a socket without one would end the process.
    socket.on("error", (error) => settle(error));
    const closed = (): void => settle(new Error("the peer closed the connection"));
    const aborted = (): void => settle(signal.reason);
    const connected = (): void => settle(undefined);
    const settle = (error: Error | undefined): void => {
      socket.off("close", closed);
      socket.off(event, connected);
      signal.removeEventListener("abort", aborted);
      if (error === undefined) {
        resolve(socket);
      } else {
        socket.destroy();
        reject(error);
      }
    };
    socket.once("close", closed);
    socket.once(event, connected);
    signal.addEventListener("abort", aborted);
  });
}
