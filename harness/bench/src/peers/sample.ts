// The one small user and the one set of arguments that every JavaScript peer works with.
import { readFileSync } from "node:fs";

/** About 60 bytes on the wire. 64-bit fields are written as each library wants them. */
export const sampleUser = {
  id: "u-000042",
  name: "Ada Lovelace",
  email: "ada@example.org",
  age: 36,
  active: true,
  roles: ["admin"],
} as const;

export const createdAtMs = 1_760_000_000_000;

export interface ServerArguments {
  /** PEM texts when the peer is to serve TLS. */
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer };
}

/** `server.js [--tls KEY_FILE CERT_FILE]` */
export function parseServerArguments(): ServerArguments {
  const [flag, key, cert] = process.argv.slice(2);
  if (flag !== "--tls" || !key || !cert) return {};
  return { tls: { key: readFileSync(key), cert: readFileSync(cert) } };
}

type Listener = (port: number) => Promise<void>;

let listener: Listener | undefined;

/** Takes the place of the next `announce`: for the process that is server and client in one. */
export function onListening(call: Listener): void {
  listener = call;
}

/** Tells the bench where the server listens; the bench ends the process by its pid. */
export function announce(port: number): void {
  const call = listener;
  listener = undefined;
  if (call) void call(port);
  else process.stdout.write(`${JSON.stringify({ port })}\n`);
}
