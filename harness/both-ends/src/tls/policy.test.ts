// Versions, suites, groups; and what is known of a caller.
import { tlsChannelCredentials } from "@trunkline/client";
import { tlsServerCredentials } from "@trunkline/server";
import { createAuthority } from "@trunkline/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { call, createLog, endAll, serveTls, shakeHands } from "./tls-ends.js";

const authority = createAuthority();
const ca = authority.cert;
const files = authority.issue("server", ["localhost", "127.0.0.1"]);
const tls12 = { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const;
const tls13 = { minVersion: "TLSv1.3", maxVersion: "TLSv1.3" } as const;

afterEach(endAll);

/** The suite that a handshake ends with, or the error's code. */
async function suiteOf(port: number, options?: Parameters<typeof shakeHands>[1]): Promise<string> {
  const socket = await shakeHands(port, options);
  return typeof socket === "string" ? socket : socket.getCipher().name;
}

describe("a server", () => {
  it("can insist on TLS 1.3, and clients are told so", async () => {
    const { port } = await serveTls(tlsServerCredentials({ ...files, minVersion: "TLSv1.3" }));
    expect(await suiteOf(port, tls12)).toMatch(/PROTOCOL_VERSION/);
    expect(await suiteOf(port, tls13)).toMatch(/^TLS_/);
    const credentials = tlsChannelCredentials({ ca, maxVersion: "TLSv1.2" });
    expect(await call(port, { credentials })).toContain("no TLS version in common");
  });

  it("can do without TLS 1.3, and so can a channel", async () => {
    const { port } = await serveTls(tlsServerCredentials({ ...files, maxVersion: "TLSv1.2" }));
    expect(await suiteOf(port, tls13)).toMatch(/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/);
    const credentials = tlsChannelCredentials({ ca });
    expect(await call(port, { credentials })).toMatchObject({ protocol: "TLSv1.2" });
    const newer = tlsChannelCredentials({ ca, minVersion: "TLSv1.3" });
    expect(await call(port, { credentials: newer })).toContain("no TLS version in common");
  });

  it.each(["ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-AES128-SHA"])(
    "does not agree to %s (RFC 9113 appendix A)",
    async (ciphers) => {
      const { port } = await serveTls(tlsServerCredentials(files));
      expect(await suiteOf(port, { ...tls12, ciphers })).toMatch(/HANDSHAKE_FAILURE/);
    },
  );

  it("keeps to its suites, by its own order unless it is told not to", async () => {
    const cipherSuites = [
      "TLS_CHACHA20_POLY1305_SHA256",
      "TLS_AES_128_GCM_SHA256",
      "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
      "ECDHE-ECDSA-AES128-GCM-SHA256",
    ];
    const { port } = await serveTls(tlsServerCredentials({ ...files, cipherSuites }));
    const ciphers12 = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384";
    const ciphers13 = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";
    expect(await suiteOf(port, tls13)).toBe("TLS_CHACHA20_POLY1305_SHA256");
    expect(await suiteOf(port, { ...tls12, ciphers: ciphers12 })).toBe(
      "ECDHE-ECDSA-AES256-GCM-SHA384",
    );
    const clientFirst = { ...files, cipherSuites, honorServerOrder: false };
    const { port: other } = await serveTls(tlsServerCredentials(clientFirst));
    expect(await suiteOf(other, { ...tls13, ciphers: ciphers13 })).toBe("TLS_AES_128_GCM_SHA256");
    expect(await suiteOf(other, { ...tls12, ciphers: ciphers12 })).toBe(
      "ECDHE-ECDSA-AES128-GCM-SHA256",
    );
  });

  it("keeps to its groups", async () => {
    const { port } = await serveTls(tlsServerCredentials({ ...files, groups: ["P-384"] }));
    expect(await suiteOf(port, { ...tls13, ecdhCurve: "P-384:X25519" })).toMatch(/^TLS_/);
    expect(await suiteOf(port, { ...tls13, ecdhCurve: "X25519" })).toMatch(/HANDSHAKE_FAILURE/);
    const credentials = tlsChannelCredentials({ ca, groups: ["X25519"] });
    expect(await call(port, { credentials })).toContain("cipher suites and groups");
    const unknown = tlsServerCredentials({ ...files, groups: ["no-such-group"] });
    await expect(serveTls(unknown)).rejects.toThrow("cannot be used");
  });
});

describe("what is known of a caller", () => {
  const uri = "spiffe://mesh.example/ns/a";

  it("is in the context of the call", async () => {
    const validToMs = Math.floor(Date.now() / 1000) * 1000 + 60_000;
    const identity = authority.issue("client", [`URI:${uri}`, "a.example", "10.0.0.1"], {
      validToMs,
    });
    const { port } = await serveTls(tlsServerCredentials({ ...files, ca }));
    const seen = await call(port, { credentials: tlsChannelCredentials({ ca, ...identity }) });
    expect(seen).toMatchObject({
      authorized: true,
      subjectName: "CN=client",
      issuerName: "CN=Trunkline test authority",
      subjectAltNames: [`URI:${uri}`, "DNS:a.example", "IP Address:10.0.0.1"],
      uriNames: [uri],
      dnsNames: ["a.example"],
      spiffeId: uri,
      fingerprint256: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
      serialNumber: expect.stringMatching(/^[0-9A-F]+$/),
      validFromMs: expect.any(Number),
      validToMs,
    });
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "is that nobody vouches for it, where none is required: another CA of the same name over %s",
    async (maxVersion) => {
      const stranger = createAuthority().issue("stranger");
      const { log, lines } = createLog();
      const credentials = tlsServerCredentials({ ...files, ca, requireClientCert: false });
      const { port } = await serveTls(credentials, log);
      const mine = tlsChannelCredentials({ ca, ...stranger, maxVersion });
      expect(await call(port, { credentials: mine })).toMatchObject({
        authorized: false,
        authorizationError: "CERT_SIGNATURE_FAILURE",
        subjectName: "CN=stranger",
        protocol: maxVersion,
      });
      expect(lines.filter(({ level }) => level === "warn")).toMatchObject([
        { level: "warn", fields: { subject: "CN=stranger", peer: "127.0.0.1" } },
      ]);
    },
  );
});

describe("errors of a channel", () => {
  const day = 86_400_000;

  it.each([
    [
      "an expired certificate",
      authority.issue("old", ["127.0.0.1"], { validToMs: Date.now() - day, validFromMs: 0 }),
      /has expired: renew it, or set the clock \[CERT_HAS_EXPIRED\] \(certificate CN=old for IP Address:127\.0\.0\.1, signed by CN=Trunkline test authority, valid from Jan +1 .* to /,
    ],
    [
      "one that is not valid yet",
      authority.issue("new", ["127.0.0.1"], {
        validFromMs: Date.now() + day,
        validToMs: Date.now() + 2 * day,
      }),
      /is not valid yet: is the clock right\? \[CERT_NOT_YET_VALID\] \(certificate CN=new/,
    ],
    [
      "one for another host",
      authority.issue("other", ["other.example"]),
      /is for other names: set `serverName` or `authority`.*127\.0\.0\.1 is not in the cert's list:.*\(certificate CN=other for DNS:other\.example/,
    ],
    [
      "one of an unknown CA",
      createAuthority("nobody").issue("server", ["127.0.0.1"]),
      /none of the CAs that are trusted here.*\[UNABLE_TO_VERIFY_LEAF_SIGNATURE\] \(certificate CN=server/,
    ],
  ])("%s", async (_what, identity, expected) => {
    const { port } = await serveTls(tlsServerCredentials(identity));
    const message = await call(port, { credentials: tlsChannelCredentials({ ca }) });
    expect(message).toMatch(expected);
    expect(message).not.toContain("\n");
    expect(message).not.toContain("PRIVATE KEY");
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)("no client certificate over %s", async (maxVersion) => {
    const { port } = await serveTls(tlsServerCredentials({ ...files, ca, maxVersion }));
    const message = await call(port, { credentials: tlsChannelCredentials({ ca }) });
    expect(message).toMatch(
      maxVersion === "TLSv1.3"
        ? /the server requires a client certificate: give `cert` and `key`/
        : /does it want a client certificate\?/,
    );
  });

  it("a name that the server does not have", async () => {
    const { port } = await serveTls(
      tlsServerCredentials({ ...files, unknownServerName: "refuse" }),
    );
    const credentials = tlsChannelCredentials({ ca, serverName: "nobody.example" });
    expect(await call(port, { credentials })).toContain(
      "the server has no certificate for the name that it was asked for",
    );
  });

  it("a client certificate that has expired: the server's log says whose", async () => {
    const { log, lines } = createLog();
    const { port } = await serveTls(tlsServerCredentials({ ...files, ca }), log);
    const old = authority.issue("late", [], { validToMs: Date.now() - day, validFromMs: 0 });
    const credentials = tlsChannelCredentials({ ca, ...old });
    expect(await call(port, { credentials })).toContain(
      "(does the server want a client certificate, or another one?)",
    );
    expect(lines.find(({ level }) => level === "warn")?.fields).toMatchObject({
      reason: "it has expired",
      subject: "CN=late",
    });
  });
});
