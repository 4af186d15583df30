// Revocation lists: of clients on the server, of servers on the client, for each CA, and replaced.
import { tlsChannelCredentials } from "@trunkline/client";
import { reloadableTlsServerCredentials, tlsServerCredentials } from "@trunkline/server";
import { createAuthority } from "@trunkline/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { call, createLog, endAll, serveTls } from "./tls-ends.js";

const hosts = ["localhost", "127.0.0.1"];
const root = createAuthority("root");
const sub = root.delegate("sub");
const other = createAuthority("other");
const files = root.issue("server", hosts);
const bad = root.issue("bad");
const good = root.issue("good");
const ca = root.cert + other.cert;

afterEach(endAll);

const asClient = (identity: object): { credentials: ReturnType<typeof tlsChannelCredentials> } => ({
  credentials: tlsChannelCredentials({ ca: root.cert, ...identity }),
});

describe("clients", () => {
  it("that are revoked are refused, and the server's log says who", async () => {
    const { log, lines } = createLog();
    const crl = root.revoke([bad.cert]);
    const { port } = await serveTls(tlsServerCredentials({ ...files, ca: root.cert, crl }), log);
    expect(await call(port, asClient(good))).toMatchObject({ commonName: "good" });
    expect(await call(port, asClient(bad))).toContain("did not begin HTTP/2");
    expect(lines.find(({ level }) => level === "warn")).toMatchObject({
      message: "a client's certificate is not believed",
      fields: {
        peer: "127.0.0.1",
        reason: "it has been revoked",
        subject: "CN=bad",
        issuer: "CN=root",
      },
    });
  });

  it("are not authorized where no certificate is required", async () => {
    const crl = root.revoke([bad.cert]);
    const options = { ...files, ca: root.cert, crl, requireClientCert: false };
    const { port } = await serveTls(tlsServerCredentials(options));
    expect(await call(port, asClient(bad))).toMatchObject({
      authorized: false,
      authorizationError: "CERT_REVOKED",
      subjectName: "CN=bad",
    });
  });

  it("of each CA need its list; an outdated list is none", async () => {
    const credentials = reloadableTlsServerCredentials({ ...files, ca, crl: root.revoke([]) });
    const { log, lines } = createLog();
    const { port } = await serveTls(credentials, log);
    const reason = (): unknown => lines.findLast(({ level }) => level === "warn")?.fields.reason;
    const stranger = asClient(other.issue("stranger"));
    expect(await call(port, stranger)).toContain("did not begin HTTP/2");
    expect(reason()).toBe("there is no revocation list of its CA");
    credentials.update({ crl: [root.revoke([]), other.revoke([])] });
    expect(await call(port, { ...stranger, shareConnections: false })).toMatchObject({
      commonName: "stranger",
    });
    credentials.update({ crl: root.revoke([], { nextUpdateMs: Date.now() - 60_000 }) });
    expect(await call(port, asClient(good))).toContain("did not begin HTTP/2");
    expect(reason()).toBe("the revocation list of its CA has expired");
  });

  it("may be refused because their intermediate CA is revoked", async () => {
    const below = sub.issue("below");
    const chain = { cert: below.cert + sub.cert, key: below.key };
    const lists = (revoked: string[]): string => root.revoke(revoked) + sub.revoke([]);
    const credentials = reloadableTlsServerCredentials({ ...files, ca, crl: lists([]) });
    const { port } = await serveTls(credentials);
    expect(await call(port, asClient(chain))).toMatchObject({ commonName: "below" });
    credentials.update({ crl: lists([sub.cert]) });
    expect(await call(port, { ...asClient(chain), shareConnections: false })).toContain(
      "did not begin HTTP/2",
    );
  });
});

describe("servers", () => {
  it("that are revoked are refused, by name and reason", async () => {
    const { port } = await serveTls(tlsServerCredentials(files));
    const crl = root.revoke([files.cert]);
    const refused = tlsChannelCredentials({ ca: root.cert, crl });
    expect(await call(port, { credentials: refused })).toMatch(
      /the server's certificate has been revoked by its CA: .*\[CERT_REVOKED\] \(certificate CN=server for DNS:localhost.* signed by CN=root, valid from/,
    );
    const fine = tlsChannelCredentials({ ca: root.cert, crl: root.revoke([bad.cert]) });
    expect(await call(port, { credentials: fine })).toMatchObject({ protocol: "TLSv1.3" });
    const without = tlsChannelCredentials({ ca: root.cert, crl: other.revoke([]) });
    expect(await call(port, { credentials: without })).toContain("there is no revocation list");
  });
});
