// Credentials out of files that change, in each way in which people and programs change files.
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tlsChannelCredentials, watchTlsChannelCredentials } from "@trunkline/client";
import { watchTlsExpiry, watchTlsServerCredentials } from "@trunkline/server";
import { createAuthority } from "@trunkline/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { call, clientOf, createLog, endAll, endLater, nameShown } from "./tls-ends.js";
import { authority, Events, issue, replaceFile, serveFiles, TlsFolder } from "./tls-folder.js";

const ca = authority.cert;
const hosts = ["localhost", "127.0.0.1"];
const hourMs = 3_600_000;

let files: TlsFolder;
const serve = (options: Parameters<typeof serveFiles>[1] = {}): ReturnType<typeof serveFiles> =>
  serveFiles(files, options);

beforeEach(() => {
  files = new TlsFolder();
});

afterEach(endAll);

describe("files", () => {
  it("are followed when they are replaced, and when they are written over", async () => {
    const { port, events, lines } = await serve();
    expect(await nameShown(port)).toBe("v0");
    files.replacePair(issue("v1"));
    expect((await events.next("reloaded")).certificates).toMatchObject([
      { subject: "CN=v1", issuer: "CN=Trunkline test authority" },
    ]);
    expect(await nameShown(port)).toBe("v1");
    const next = issue("v2");
    writeFileSync(files.paths.cert, next.cert);
    writeFileSync(files.paths.key, next.key);
    await events.next("reloaded");
    expect(await nameShown(port)).toBe("v2");
    expect(JSON.stringify(lines)).not.toContain("PRIVATE");
    expect(lines[0]).toMatchObject({ level: "info", message: "TLS certificates were reloaded" });
  });

  it("are followed through links, as Kubernetes swaps those of a secret", async () => {
    const put = (version: string): void => {
      mkdirSync(join(files.folder, version));
      const { cert, key } = issue(version);
      writeFileSync(join(files.folder, version, "tls.crt"), cert);
      writeFileSync(join(files.folder, version, "tls.key"), key);
      symlinkSync(version, join(files.folder, "..data_tmp"));
      renameSync(join(files.folder, "..data_tmp"), join(files.folder, "..data"));
    };
    put("..1");
    for (const name of ["tls.crt", "tls.key"]) {
      rmSync(join(files.folder, name));
      symlinkSync(`..data/${name}`, join(files.folder, name));
    }
    const { port, events } = await serve();
    expect(await nameShown(port)).toBe("..1");
    for (const version of ["..2", "..3"]) {
      put(version);
      await events.next("reloaded");
      expect(await nameShown(port)).toBe(version);
    }
  });

  it("that are half written, or do not go together, change nothing and are told of", async () => {
    const { port, events, credentials, lines } = await serve();
    const next = issue("v1");
    writeFileSync(files.paths.cert, next.cert.slice(0, -100));
    const cut = await events.next("reload-failed");
    expect(cut.reason).toContain(`certificate file ${files.paths.cert} is cut off`);
    writeFileSync(files.paths.cert, next.cert);
    const unfit = await events.next("reload-failed");
    expect(unfit.reason).toBe(`TLS key file ${files.paths.key} does not belong to the certificate`);
    await expect(credentials.reload()).rejects.toMatchObject({ path: files.paths.key });
    expect(await nameShown(port)).toBe("v0");
    writeFileSync(files.paths.key, next.key);
    await events.next("reloaded");
    expect(await nameShown(port)).toBe("v1");
    rmSync(files.paths.key);
    expect((await events.next("reload-failed")).reason).toContain("cannot be read: ENOENT");
    expect(await nameShown(port)).toBe("v1");
    expect(lines.filter(({ level }) => level === "error")).toHaveLength(3);
  });

  it("can be read when their owner says so, watched or not", async () => {
    const { port, credentials, events } = await serve();
    credentials.close();
    files.replacePair(issue("v1"));
    expect(await nameShown(port)).toBe("v0");
    await credentials.reload();
    await events.next("reloaded");
    expect(await nameShown(port)).toBe("v1");
  });

  it("must be there at the beginning, and options must be in their ranges", async () => {
    const { cert } = files.paths;
    const missing = watchTlsServerCredentials({ cert, key: join(files.folder, "none") });
    await expect(missing).rejects.toMatchObject({ name: "TlsFileError" });
    await expect(serve({ pollMs: 0 })).rejects.toThrow("option pollMs is 0");
    await expect(serve({ expiryWarningDays: [7, 0] })).rejects.toThrow("expiryWarningDays has 0");
    const weak = authority.issue("weak", hosts, { keyType: "rsa" });
    replaceFile(files.paths.cert, weak.cert);
    await expect(serve()).rejects.toThrow("does not belong to the certificate");
  });
});

describe("all kinds of files", () => {
  it("100 reloads from files under load fail no call", async () => {
    const { port, credentials } = await serve({ ca: files.paths.ca });
    const identity = { ca, ...authority.issue("client") };
    const client = clientOf(port, { credentials: tlsChannelCredentials(identity) });
    let isOver = false;
    const load = Array.from({ length: 4 }, async () => {
      let count = 0;
      for (; !isOver; count++) await client.unary({}, { timeoutMs: 30_000 });
      return count;
    });
    for (let version = 1; version <= 100; version++) {
      files.replacePair(issue(`v${version}`));
      await credentials.reload();
      expect(await nameShown(port)).toBe(`v${version}`);
    }
    isOver = true;
    for (const count of await Promise.all(load)) expect(count).toBeGreaterThan(0);
  }, 60_000);

  it("CAs, and certificates for other names", async () => {
    const named = { cert: join(files.folder, "named.crt"), key: join(files.folder, "named.key") };
    const putNamed = (name: string): void => {
      const { cert, key } = authority.issue(name, ["named.example"]);
      replaceFile(named.cert, cert);
      replaceFile(named.key, key);
    };
    putNamed("named");
    const other = createAuthority("other");
    const { port, events } = await serve({ ca: files.paths.ca, certificates: [named] });
    const stranger = { ca, ...other.issue("stranger") };
    const options = { credentials: tlsChannelCredentials(stranger), shareConnections: false };
    expect(await call(port, options)).toContain("did not begin HTTP/2");
    replaceFile(files.paths.ca, ca + other.cert);
    await events.next("reloaded");
    expect(await call(port, options)).toMatchObject({ commonName: "stranger" });
    putNamed("renamed");
    await events.next("reloaded");
    expect(await nameShown(port, { servername: "named.example" })).toBe("renamed");
  });
});

it("channels follow files, too", async () => {
  const { port } = await serve({ ca: files.paths.ca });
  const mine = new TlsFolder();
  const events = new Events();
  const { log } = createLog();
  const credentials = await watchTlsChannelCredentials({ ...mine.paths, onEvent: events.add, log });
  endLater(() => credentials.close());
  const options = { credentials, shareConnections: false };
  expect(await call(port, options)).toMatchObject({ commonName: "v0" });
  mine.replacePair(authority.issue("c1"));
  await events.next("reloaded");
  expect(await call(port, options)).toMatchObject({ commonName: "c1" });
});

describe("what expires", () => {
  it("is told of when the server starts, and after a reload", async () => {
    const validity = { validFromMs: 0, validToMs: Date.now() + 36 * hourMs };
    const soon = authority.issue("soon", hosts, validity);
    files.replacePair(soon);
    const { events, lines } = await serve({ expiryWarningDays: [30, 7, 1] });
    expect(await events.next("expiring")).toMatchObject({
      of: "certificate",
      daysLeft: expect.closeTo(1.5, 1),
      certificate: { subject: "CN=soon" },
    });
    expect(lines[0]).toMatchObject({
      level: "warn",
      message: "the certificate expires soon",
      fields: { subject: "CN=soon", daysLeft: expect.closeTo(1.5, 0) },
    });
    files.replacePair(authority.issue("old", hosts, { validToMs: Date.now() - hourMs / 2 }));
    expect(await events.next("expired")).toMatchObject({ certificate: { subject: "CN=old" } });
  });

  it("CAs are told of as well, if wanted", async () => {
    const validity = { validFromMs: 0, validToMs: Date.now() + hourMs };
    replaceFile(files.paths.ca, ca + authority.issue("old CA", [], validity).cert);
    const { events } = await serve({ ca: files.paths.ca, warnOfCas: true });
    const { of, certificate } = await events.next("expiring");
    expect([of, certificate?.subject]).toEqual(["ca", "CN=old CA"]);
  });

  it("of credentials without files", async () => {
    const events = new Events();
    const { log } = createLog();
    const validity = { validFromMs: 0, validToMs: Date.now() + hourMs };
    const credentials = tlsChannelCredentials({ ca, ...authority.issue("mine", [], validity) });
    const watch = await watchTlsExpiry(credentials, { onEvent: events.add, log });
    endLater(() => watch.close());
    expect(await events.next("expiring")).toMatchObject({ certificate: { subject: "CN=mine" } });
  });
});
