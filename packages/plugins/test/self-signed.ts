// The certificate of the HTTP/2 engine's tests, for 127.0.0.1: its own authority, good for both sides.
import { readFileSync } from "node:fs";

const fixture = new URL("../../http2/test/fixtures/certificate.ts", import.meta.url);

function pem(name: string): string {
  const text = readFileSync(fixture, "utf8");
  return new RegExp(`-----BEGIN ${name}[\\s\\S]*?-----END ${name}-----`).exec(text)?.[0] ?? "";
}

/** Certificate, key and authority. */
export const selfSigned: { readonly cert: string; readonly key: string; readonly ca: string } = {
  cert: pem("CERTIFICATE"),
  key: pem("(?:EC )?PRIVATE KEY"),
  ca: pem("CERTIFICATE"),
};
