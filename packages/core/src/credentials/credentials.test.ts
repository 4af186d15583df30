// The shapes of credentials: defaults, and what is refused.
import { describe, expect, it } from "vitest";
import { UsageError } from "../status/usage-error.js";
import { type TlsChannelOptions, tlsChannelCredentials } from "./channel-credentials.js";
import { plaintext } from "./plaintext.js";
import { type TlsServerOptions, tlsServerCredentials } from "./server-credentials.js";

const cert = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
const key = new TextEncoder().encode(
  "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n",
);

describe("credentials", () => {
  it("plaintext is one frozen object", () => {
    expect(plaintext).toEqual({ kind: "plaintext" });
    expect(Object.isFrozen(plaintext)).toBe(true);
  });

  it("a server: TLS 1.2, no client certificates by default", () => {
    expect(tlsServerCredentials({ cert, key })).toEqual({
      kind: "tls",
      cert,
      key,
      passphrase: undefined,
      ca: undefined,
      requireClientCert: false,
      minVersion: "TLSv1.2",
    });
  });

  it("a server with a CA requires client certificates unless told otherwise", () => {
    expect(tlsServerCredentials({ cert, key, ca: cert }).requireClientCert).toBe(true);
    const optional = tlsServerCredentials({ cert, key, ca: cert, requireClientCert: false });
    expect(optional.requireClientCert).toBe(false);
  });

  it("a channel: verifies, TLS 1.2, the runtime's CAs by default", () => {
    expect(tlsChannelCredentials()).toEqual({
      kind: "tls",
      ca: undefined,
      cert: undefined,
      key: undefined,
      passphrase: undefined,
      serverName: undefined,
      verify: true,
      verifyServer: undefined,
      minVersion: "TLSv1.2",
    });
  });

  it.each<[TlsServerOptions, RegExp]>([
    [{ cert: "server.pem", key }, /server certificate is not PEM/],
    [{ cert, key: new Uint8Array(3) }, /server key is not PEM.*3 bytes/],
    [{ cert, key, ca: "" }, /client CA is not PEM/],
    [{ cert, key, requireClientCert: true }, /needs a ca/],
    [{ cert, key, minVersion: "TLSv1.1" as never }, /TLSv1\.1 is not allowed/],
    [{ cert: undefined as never, key }, /must be PEM text or bytes, not undefined/],
  ])("a server refuses %#", (options, message) => {
    expect(() => tlsServerCredentials(options)).toThrow(UsageError);
    expect(() => tlsServerCredentials(options)).toThrow(message);
  });

  it.each<[TlsChannelOptions, RegExp]>([
    [{ cert }, /both cert and key; key is missing/],
    [{ key }, /both cert and key; cert is missing/],
    [{ ca: "ca.pem" }, /CA is not PEM/],
    [{ cert: "x", key }, /client certificate is not PEM/],
    [{ minVersion: "SSLv3" as never }, /SSLv3 is not allowed/],
  ])("a channel refuses %#", (options, message) => {
    expect(() => tlsChannelCredentials(options)).toThrow(UsageError);
    expect(() => tlsChannelCredentials(options)).toThrow(message);
  });
});
