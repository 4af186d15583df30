// Asks an HTTP proxy for a tunnel: CONNECT (RFC 9110 s9.3.6), with basic authentication (RFC 7617).
import type { Duplex } from "node:stream";
import type { ProxyServer } from "./proxy.js";
import { readAnswer } from "./read-answer.js";

/** Longest head of an answer, bytes. */
const maxHeadBytes = 16_384;

/** Resolves when the tunnel stands; rejects with the proxy's status line when it refuses. */
export async function connectByHttp(
  socket: Duplex,
  proxy: ProxyServer,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  socket.write(formatRequest(proxy, target));
  for (;;) {
    const head = (await readAnswer(socket, signal, lengthOfHead, maxHeadBytes)).toString("latin1");
    const line = head.slice(0, head.indexOf("\n")).trim();
    const status = /^HTTP\/1\.\d (\d{3})(?: |$)/.exec(line)?.[1];
    if (status === undefined) {
      throw new Error(`its answer is not HTTP/1.1: ${JSON.stringify(line.slice(0, 100))}`);
    }
    if (status.startsWith("2")) return;
    // Interim answers precede the one that counts (RFC 9110 s15.2).
    if (!status.startsWith("1")) throw new Error(`it answered "${line.slice(0, 200)}"`);
  }
}

function formatRequest({ user, password, headers }: ProxyServer, target: string): string {
  const lines = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`];
  if (user !== undefined) {
    const secret = Buffer.from(`${user}:${password}`).toString("base64");
    lines.push(`Proxy-Authorization: Basic ${secret}`);
  }
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function lengthOfHead(bytes: Buffer): number | undefined {
  // Not HTTP at all: there is no end to wait for.
  if (bytes.length >= 5 && bytes.toString("latin1", 0, 5) !== "HTTP/") return bytes.length;
  const end = bytes.indexOf("\r\n\r\n");
  return end < 0 ? undefined : end + 4;
}
