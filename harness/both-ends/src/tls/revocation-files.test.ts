// Revocation lists out of files that change, and what is told of lists that are outdated.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tlsChannelCredentials, watchTlsChannelCredentials } from "@trunkline/client";
import { afterEach, beforeEach, expect, it } from "vitest";
import { call, createLog, endAll, endLater } from "./tls-ends.js";
import { authority, Events, replaceFile, serveFiles, TlsFolder } from "./tls-folder.js";

const ca = authority.cert;
const hourMs = 3_600_000;
let files: TlsFolder;

beforeEach(() => {
  files = new TlsFolder();
});

afterEach(endAll);

it("revocation lists, PEM and DER, in folders", async () => {
  const lists = join(files.folder, "crl.d");
  mkdirSync(lists);
  writeFileSync(join(lists, "README"), "lists of the authority");
  const bad = authority.issue("bad");
  const toDer = (pem: string): Buffer => Buffer.from(pem.replace(/-----.*-----/g, ""), "base64");
  writeFileSync(join(lists, "authority.crl"), toDer(authority.revoke([])));
  const { port, events } = await serveFiles(files, { ca: files.paths.ca, crl: lists });
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
  const { port } = await serveFiles(files, { ca: files.paths.ca });
  const mine = { cert: join(files.folder, "my.crt"), key: join(files.folder, "my.key") };
  const list = join(files.folder, "servers.crl");
  const put = (name: string): void => {
    const { cert, key } = authority.issue(name);
    replaceFile(mine.cert, cert);
    replaceFile(mine.key, key);
  };
  put("c0");
  replaceFile(list, authority.revoke([]));
  const events = new Events();
  const own = { ...mine, ca: files.paths.ca, crl: list, onEvent: events.add, log: createLog().log };
  const credentials = await watchTlsChannelCredentials(own);
  endLater(() => credentials.close());
  const options = { credentials, shareConnections: false };
  expect(await call(port, options)).toMatchObject({ commonName: "c0" });
  put("c1");
  await events.next("reloaded");
  expect(await call(port, options)).toMatchObject({ commonName: "c1" });
  replaceFile(list, authority.revoke([readFileSync(files.paths.cert, "utf8")]));
  await events.next("reloaded");
  expect(await call(port, options)).toContain("has been revoked by its CA");
});

it("CAs and revocation lists are told of as well", async () => {
  const list = join(files.folder, "a.crl");
  replaceFile(list, authority.revoke([], { nextUpdateMs: Date.now() - hourMs / 2 }));
  const validity = { validFromMs: 0, validToMs: Date.now() + hourMs };
  replaceFile(files.paths.ca, ca + authority.issue("old CA", [], validity).cert);
  const { events } = await serveFiles(files, { ca: files.paths.ca, crl: list, warnOfCas: true });
  const { of, certificate } = await events.next("expiring");
  expect([of, certificate?.subject]).toEqual(["ca", "CN=old CA"]);
  expect(await events.next("expired")).toMatchObject({ of: "crl", certificate: undefined });
});
