// A TLS server that says who calls, callers, and bare handshakes; all ended after each test.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import {
  type ChannelOptions,
  type Client,
  createChannel,
  createClient,
  RpcError,
} from "@trunkline/client";
import {
  createServer,
  type Log,
  type Server,
  type ServerCredentials,
  silentLog,
} from "@trunkline/server";
import { TestService } from "../gen/trunkline/test/v1/test_service_pb.js";

const closing: (() => unknown)[] = [];

/** Ends something after the test, the last first. */
export function endLater(end: () => unknown): void {
  closing.unshift(end);
}

/** Ends what the test has started. */
export async function endAll(): Promise<void> {
  for (const end of closing.splice(0)) await end();
}

/** A folder that is gone after the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "trunkline-tls-"));
  endLater(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** What is written to a log of a test. */
export interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that keeps its lines. */
export function createLog(): { log: Log; lines: Line[] } {
  const lines: Line[] = [];
  const write =
    (level: string) =>
    (message: string, fields = {}): void => {
      lines.push({ level, message, fields });
    };
  const log = {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
  return { log, lines };
}

/** A server whose method `unary` answers with what is known of the caller, as JSON. */
export async function serveTls(
  credentials: ServerCredentials,
  log: Log = silentLog,
): Promise<{ server: Server; port: number }> {
  const server = createServer({ log });
  endLater(() => server.shutdown({ graceMs: 0 }));
  server.addService(TestService, {
    unary: (_request, { peer }) => ({ text: JSON.stringify({ ...peer.tls, certificate: null }) }),
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0, credentials });
  return { server, port };
}

/** A client of it. */
export function clientOf(port: number, options: ChannelOptions): Client<typeof TestService> {
  const channel = createChannel(`127.0.0.1:${port}`, { log: silentLog, ...options });
  endLater(() => channel.close());
  return createClient(TestService, channel);
}

/** Calls once: what the server knows of the caller, or the text of the error. */
export async function call(
  port: number,
  options: ChannelOptions,
): Promise<Record<string, unknown> | string> {
  try {
    const { text } = await clientOf(port, options).unary({}, { timeoutMs: 10_000 });
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof RpcError) return error.message;
    throw error;
  }
}

/** A handshake of Node.js alone, which believes everybody; resolves to the socket, or to the error's code. */
export async function shakeHands(
  port: number,
  options: ConnectionOptions = {},
): Promise<TLSSocket | string> {
  const socket = connectTls({
    host: "127.0.0.1",
    port,
    ALPNProtocols: ["h2"],
    rejectUnauthorized: false,
    ...options,
  });
  endLater(() => socket.destroy());
  const failed = once(socket, "error").then(([error]) => String((error as { code?: string }).code));
  return Promise.race([once(socket, "secureConnect").then(() => socket), failed]);
}

/** The common name of the certificate that a handshake was shown, or the error's code. */
export async function nameShown(port: number, options?: ConnectionOptions): Promise<string> {
  const socket = await shakeHands(port, options);
  return typeof socket === "string" ? socket : String(socket.getPeerCertificate().subject.CN);
}
