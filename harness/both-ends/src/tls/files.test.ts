// Credentials out of files that change, in each way in which people and programs change files.
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tlsChannelCredentials, watchTlsChannelCredentials } from "@trunkline/client";
import {
  type TlsEvent,
  type TlsServerFiles,
  type WatchedTlsServerCredentials,
  watchTlsExpiry,
  watchTlsServerCredentials,
} from "@trunkline/server";
import { createAuthority, type Identity } from "@trunkline/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  call,
  clientOf,
  createLog,
  endAll,
  endLater,
  makeFolder,
  nameShown,
  serveTls,
} from "./tls-ends.js";

const authority = createAuthority();
const ca = authority.cert;
const hosts = ["localhost", "127.0.0.1"];
const hourMs = 3_600_000;

let folder = "";
let paths: { cert: string; key: string; ca: string };

function issue(name: string): Identity {
  return authority.issue(name, hosts);
}

/** Puts a file in the place of another at once, as careful programs do. */
function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

function replacePair({ cert, key }: Identity): void {
  replaceFile(paths.cert, cert);
  replaceFile(paths.key, key);
}

beforeEach(() => {
  folder = makeFolder();
  paths = {
    cert: join(folder, "tls.crt"),
    key: join(folder, "tls.key"),
    ca: join(folder, "ca.crt"),
  };
  replacePair(issue("v0"));
  replaceFile(paths.ca, ca);
});

afterEach(endAll);

/** Events in their order; `next` waits for the first of a kind that nobody has waited for. */
class Events {
  readonly #seen: TlsEvent[] = [];
  #wake: () => void = () => {};

  readonly add = (event: TlsEvent): void => {
    this.#seen.push(event);
    this.#wake();
  };

  async next<K extends TlsEvent["kind"]>(kind: K): Promise<TlsEvent & { readonly kind: K }> {
    for (;;) {
      const at = this.#seen.findIndex((event) => event.kind === kind);
      if (at >= 0) return this.#seen.splice(at, 1)[0] as TlsEvent & { readonly kind: K };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

async function serve(files: Partial<TlsServerFiles> = {}): Promise<{
  port: number;
  events: Events;
  credentials: WatchedTlsServerCredentials;
  lines: ReturnType<typeof createLog>["lines"];
}> {
  const events = new Events();
  const { log, lines } = createLog();
  const { cert, key } = paths;
  const credentials = await watchTlsServerCredentials({
    cert,
    key,
    pollMs: 60_000,
    log,
    onEvent: events.add,
    ...files,
  });
  endLater(() => credentials.close());
  const { port } = await serveTls(credentials);
  return { port, events, credentials, lines };
}

describe("files", () => {
  it("are followed when they are replaced, and when they are written over", async () => {
    const { port, events, lines } = await serve();
    expect(await nameShown(port)).toBe("v0");
    replacePair(issue("v1"));
    expect((await events.next("reloaded")).certificates).toMatchObject([
      { subject: "CN=v1", issuer: "CN=Trunkline test authority" },
    ]);
    expect(await nameShown(port)).toBe("v1");
    const next = issue("v2");
    writeFileSync(paths.cert, next.cert);
    writeFileSync(paths.key, next.key);
    await events.next("reloaded");
    expect(await nameShown(port)).toBe("v2");
    expect(JSON.stringify(lines)).not.toContain("PRIVATE");
    expect(lines[0]).toMatchObject({ level: "info", message: "TLS certificates were reloaded" });
  });

  it("are followed through links, as Kubernetes swaps those of a secret", async () => {
    const put = (version: string): void => {
      mkdirSync(join(folder, version));
      const { cert, key } = issue(version);
      writeFileSync(join(folder, version, "tls.crt"), cert);
      writeFileSync(join(folder, version, "tls.key"), key);
      symlinkSync(version, join(folder, "..data_tmp"));
      renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    };
    put("..1");
    for (const name of ["tls.crt", "tls.key"]) {
      rmSync(join(folder, name));
      symlinkSync(`..data/${name}`, join(folder, name));
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
    writeFileSync(paths.cert, next.cert.slice(0, -100));
    const cut = await events.next("reload-failed");
    expect(cut.reason).toContain(`certificate file ${paths.cert} is cut off`);
    writeFileSync(paths.cert, next.cert);
    const unfit = await events.next("reload-failed");
    expect(unfit.reason).toBe(`TLS key file ${paths.key} does not belong to the certificate`);
    await expect(credentials.reload()).rejects.toMatchObject({ path: paths.key });
    expect(await nameShown(port)).toBe("v0");
    writeFileSync(paths.key, next.key);
    await events.next("reloaded");
    expect(await nameShown(port)).toBe("v1");
    rmSync(paths.key);
    expect((await events.next("reload-failed")).reason).toContain("cannot be read: ENOENT");
    expect(await nameShown(port)).toBe("v1");
    expect(lines.filter(({ level }) => level === "error")).toHaveLength(3);
  });

  it("can be read when their owner says so, watched or not", async () => {
    const { port, credentials, events } = await serve();
    credentials.close();
    replacePair(issue("v1"));
    expect(await nameShown(port)).toBe("v0");
    await credentials.reload();
    await events.next("reloaded");
    expect(await nameShown(port)).toBe("v1");
  });

  it("must be there at the beginning, and options must be in their ranges", async () => {
    const { cert } = paths;
    const missing = watchTlsServerCredentials({ cert, key: join(folder, "none") });
    await expect(missing).rejects.toMatchObject({ name: "TlsFileError" });
    await expect(serve({ pollMs: 0 })).rejects.toThrow("option pollMs is 0");
    await expect(serve({ expiryWarningDays: [7, 0] })).rejects.toThrow("expiryWarningDays has 0");
    const weak = authority.issue("weak", hosts, { keyType: "rsa" });
    replaceFile(paths.cert, weak.cert);
    await expect(serve()).rejects.toThrow("does not belong to the certificate");
  });
});

describe("all kinds of files", () => {
  it("100 reloads from files under load fail no call", async () => {
    const { port, credentials } = await serve({ ca: paths.ca });
    const identity = { ca, ...authority.issue("client") };
    const client = clientOf(port, { credentials: tlsChannelCredentials(identity) });
    let isOver = false;
    const load = Array.from({ length: 4 }, async () => {
      let count = 0;
      for (; !isOver; count++) await client.unary({}, { timeoutMs: 30_000 });
      return count;
    });
    for (let version = 1; version <= 100; version++) {
      replacePair(issue(`v${version}`));
      await credentials.reload();
      expect(await nameShown(port)).toBe(`v${version}`);
    }
    isOver = true;
    for (const count of await Promise.all(load)) expect(count).toBeGreaterThan(0);
  }, 60_000);

  it("CAs, and certificates for other names", async () => {
    const named = { cert: join(folder, "named.crt"), key: join(folder, "named.key") };
    const putNamed = (name: string): void => {
      const { cert, key } = authority.issue(name, ["named.example"]);
      replaceFile(named.cert, cert);
      replaceFile(named.key, key);
    };
    putNamed("named");
    const other = createAuthority("other");
    const { port, events } = await serve({ ca: paths.ca, certificates: [named] });
    const stranger = { ca, ...other.issue("stranger") };
    const options = { credentials: tlsChannelCredentials(stranger), shareConnections: false };
    expect(await call(port, options)).toContain("did not begin HTTP/2");
    replaceFile(paths.ca, ca + other.cert);
    await events.next("reloaded");
    expect(await call(port, options)).toMatchObject({ commonName: "stranger" });
    putNamed("renamed");
    await events.next("reloaded");
    expect(await nameShown(port, { servername: "named.example" })).toBe("renamed");
  });

  it("revocation lists, PEM and DER, in folders", async () => {
    const lists = join(folder, "crl.d");
    mkdirSync(lists);
    writeFileSync(join(lists, "README"), "lists of the authority");
    const bad = authority.issue("bad");
    const toDer = (pem: string): Buffer => Buffer.from(pem.replace(/-----.*-----/g, ""), "base64");
    writeFileSync(join(lists, "authority.crl"), toDer(authority.revoke([])));
    const { port, events } = await serve({ ca: paths.ca, crl: lists });
    const credentials = tlsChannelCredentials({ ca, ...bad });
    expect(await call(port, { credentials })).toMatchObject({ commonName: "bad" });
    replaceFile(join(lists, "authority.crl"), authority.revoke([bad.cert]));
    await events.next("reloaded");
    expect(await call(port, { credentials, shareConnections: false })).toContain(
      "did not begin HTTP/2",
    );
    rmSync(join(lists, "authority.crl"));
    expect((await events.next("reload-failed")).reason).toContain("has no revocation list in it");
  });

  it("of channels: certificates, CAs and revocation lists", async () => {
    const { port } = await serve({ ca: paths.ca });
    const mine = { cert: join(folder, "my.crt"), key: join(folder, "my.key") };
    const list = join(folder, "servers.crl");
    const put = (name: string): void => {
      const { cert, key } = authority.issue(name);
      replaceFile(mine.cert, cert);
      replaceFile(mine.key, key);
    };
    put("c0");
    replaceFile(list, authority.revoke([]));
    const events = new Events();
    const files = { ...mine, ca: paths.ca, crl: list, onEvent: events.add, log: createLog().log };
    const credentials = await watchTlsChannelCredentials(files);
    endLater(() => credentials.close());
    const options = { credentials, shareConnections: false };
    expect(await call(port, options)).toMatchObject({ commonName: "c0" });
    put("c1");
    await events.next("reloaded");
    expect(await call(port, options)).toMatchObject({ commonName: "c1" });
    const { readFileSync } = await import("node:fs");
    replaceFile(list, authority.revoke([readFileSync(paths.cert, "utf8")]));
    await events.next("reloaded");
    expect(await call(port, options)).toContain("has been revoked by its CA");
  });
});

describe("what expires", () => {
  it("is told of when the server starts, and after a reload", async () => {
    const validity = { validFromMs: 0, validToMs: Date.now() + 36 * hourMs };
    const soon = authority.issue("soon", hosts, validity);
    replacePair(soon);
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
    replacePair(authority.issue("old", hosts, { validToMs: Date.now() - hourMs / 2 }));
    expect(await events.next("expired")).toMatchObject({ certificate: { subject: "CN=old" } });
  });

  it("CAs and revocation lists are told of as well", async () => {
    const list = join(folder, "a.crl");
    replaceFile(list, authority.revoke([], { nextUpdateMs: Date.now() - hourMs / 2 }));
    const validity = { validFromMs: 0, validToMs: Date.now() + hourMs };
    replaceFile(paths.ca, ca + authority.issue("old CA", [], validity).cert);
    const { events } = await serve({ ca: paths.ca, crl: list, warnOfCas: true });
    const { of, certificate } = await events.next("expiring");
    expect([of, certificate?.subject]).toEqual(["ca", "CN=old CA"]);
    expect(await events.next("expired")).toMatchObject({ of: "crl", certificate: undefined });
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
