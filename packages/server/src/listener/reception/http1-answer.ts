// What a client that speaks HTTP/1 is told before its connection is closed.
import type { Socket } from "node:net";

/** The start of an HTTP/1 request line: method, blank, and what a target begins with (RFC 9112 s3.2). */
const requestLine = /^(?:[A-Z]{3,20} (?:\/|\*|https?:)|CONNECT [^\s])/;
/** What may become one. */
const partOfLine = /^[A-Z]{0,20}(?: (?:h(?:t(?:t(?:ps?)?)?)?)?)?$/;

/** The most that is read while waiting for a request line. */
const MAX_PEEK_BYTES = 64;

/** Whether `bytes` begin like an HTTP/1 request. `undefined`: too few of them to tell. */
export function looksLikeHttp1(bytes: Uint8Array): boolean | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .subarray(0, MAX_PEEK_BYTES)
    .toString("latin1");
  if (requestLine.test(text)) return true;
  if (text.length < MAX_PEEK_BYTES && partOfLine.test(text)) return undefined;
  return false;
}

/** Answers 505 (RFC 9110 s15.6.6) and closes; `isHead`: without the body. */
function answerHttp1(socket: Socket, isHead: boolean): void {
  const body =
    "This port speaks gRPC, which needs HTTP/2. Over plaintext the client has to begin with HTTP/2 at once (prior knowledge).\n";
  const head = [
    "HTTP/1.1 505 HTTP Version Not Supported",
    `date: ${new Date().toUTCString()}`,
    "connection: close",
    "content-type: text/plain; charset=utf-8",
    `content-length: ${body.length}`,
  ];
  // What the client still sends is read and dropped, so that it gets the answer rather than a reset.
  socket.resume();
  socket.end(`${head.join("\r\n")}\r\n\r\n${isHead ? "" : body}`);
}

/** How long a client that got its answer may keep the connection open, in milliseconds. */
const LINGER_MS = 1_000;

/** Refuses whatever came instead of HTTP/2, and lets go of the socket soon. */
export function refuseSocket(socket: Socket, isHead = false): void {
  socket.on("error", () => socket.destroy());
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.on("close", () => clearTimeout(timer));
  answerHttp1(socket, isHead);
}
