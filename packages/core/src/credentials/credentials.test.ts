// The shapes of credentials: defaults, and what is refused.
import { describe, expect, it } from "vitest";
import { UsageError } from "../status/usage-error.js";
import { type TlsChannelOptions, tlsChannelCredentials } from "./channel-credentials.js";
import { plaintext } from "./plaintext.js";
import { type TlsServerOptions, tlsServerCredentials } from "./server-credentials.js";
import { defaultCipherSuites } from "./tls-policy.js";

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
      certificates: [],
      unknownServerName: "default",
      ca: undefined,
      crl: undefined,
      requireClientCert: false,
      honorServerOrder: true,
      sessionTickets: true,
      minVersion: "TLSv1.2",
      maxVersion: "TLSv1.3",
      cipherSuites: undefined,
      groups: undefined,
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
      crl: undefined,
      cert: undefined,
      key: undefined,
      passphrase: undefined,
      serverName: undefined,
      verify: true,
      verifyServer: undefined,
      minVersion: "TLSv1.2",
      maxVersion: "TLSv1.3",
      cipherSuites: undefined,
      groups: undefined,
    });
  });

  it.each<[TlsServerOptions, RegExp]>([
    [{ cert: "server.pem", key }, /server certificate is not PEM/],
    [{ cert, key: new Uint8Array(3) }, /server key is not PEM.*3 bytes/],
    [{ cert, key, ca: "" }, /client CA is not PEM/],
    [{ cert, key, requireClientCert: true }, /needs a ca/],
    [{ cert, key, minVersion: "TLSv1.1" as never }, /TLSv1\.1 is not allowed/],
    [{ cert, key, minVersion: "TLSv1.3", maxVersion: "TLSv1.2" }, /newer than maxVersion TLSv1\.2/],
    [{ cert, key, cipherSuites: ["AES128-SHA"] }, /AES128-SHA: .*appendix A/],
    [{ cert, key, cipherSuites: ["TLS_RSA_WITH_AES_128_GCM_SHA256"] }, /appendix A/],
    [{ cert, key, cipherSuites: [] }, /cipherSuites must be a list of names/],
    [{ cert, key, groups: ["X25519:P-256"] }, /groups has "X25519:P-256": not a name/],
    [{ cert, key, crl: "x" }, /crl needs a ca/],
    [{ cert, key, ca: cert, crl: cert }, /no "-----BEGIN X509 CRL-----" line/],
    [{ cert, key, certificates: [{ cert, key: "k" }] }, /certificates\[0\] key is not PEM/],
    [
      { cert, key, certificates: [{ cert, key, serverNames: ["a.*.b"] }] },
      /certificates\[0\]\.serverNames has "a\.\*\.b"/,
    ],
    [{ cert, key, unknownServerName: "drop" as never }, /unknownServerName is drop/],
    [{ cert: undefined as never, key }, /must be PEM text or bytes, not undefined/],
  ])("a server refuses %#", (options, message) => {
    expect(() => tlsServerCredentials(options)).toThrow(UsageError);
    expect(() => tlsServerCredentials(options)).toThrow(message);
  });

  it("suites of TLS 1.2 may have either name, and those of a version that is not named stay", () => {
    const cipherSuites = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"];
    expect(tlsServerCredentials({ cert, key, cipherSuites }).cipherSuites).toEqual([
      "TLS_AES_256_GCM_SHA384",
      "TLS_CHACHA20_POLY1305_SHA256",
      "TLS_AES_128_GCM_SHA256",
      "ECDHE-RSA-AES128-GCM-SHA256",
    ]);
    const newer = tlsChannelCredentials({ cipherSuites: ["TLS_AES_128_CCM_SHA256"] }).cipherSuites;
    expect(newer?.[0]).toBe("TLS_AES_128_CCM_SHA256");
    expect(newer?.slice(1)).toEqual(defaultCipherSuites.slice(3));
  });

  it("a server that asks for certificates gives no tickets unless told to", () => {
    expect(tlsServerCredentials({ cert, key, ca: cert }).sessionTickets).toBe(false);
    const told = tlsServerCredentials({ cert, key, ca: cert, sessionTickets: true });
    expect(told.sessionTickets).toBe(true);
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
