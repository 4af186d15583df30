// Reads a proxy's answer off a socket, and leaves what follows it for whoever comes next.
import type { Duplex } from "node:stream";

/**
 * Resolves with the bytes of one answer.
 * @param lengthOf how long the answer is; undefined: more bytes are needed to say.
 * @param maxBytes longer answers are refused.
 */
export function readAnswer(
  socket: Duplex,
  signal: AbortSignal,
  lengthOf: (bytes: Buffer) => number | undefined,
  maxBytes: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const readable = (): void => {
      for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
        bytes = Buffer.concat([bytes, chunk]);
      }
      const length = lengthOf(bytes);
      if (length !== undefined && bytes.length >= length) {
        settle();
        if (bytes.length > length) socket.unshift(bytes.subarray(length));
        resolve(bytes.subarray(0, length));
      } else if (bytes.length > maxBytes) {
        fail(new Error(`its answer is longer than ${maxBytes} bytes`));
      }
    };
    const closed = (): void => fail(new Error("it closed the connection without an answer"));
    const aborted = (): void => fail(signal.reason);
    const fail = (error: Error): void => {
      settle();
      reject(error);
    };
    const settle = (): void => {
      socket.off("readable", readable);
      socket.off("end", closed);
      socket.off("close", closed);
      socket.off("error", fail);
      signal.removeEventListener("abort", aborted);
    };
    socket.on("readable", readable);
    socket.once("end", closed);
    socket.once("close", closed);
    socket.once("error", fail);
    signal.addEventListener("abort", aborted);
    if (signal.aborted) aborted();
  });
}
