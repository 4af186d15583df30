// Several certificates on one port: each client gets the one for the name that it asks for.
import { tlsChannelCredentials } from "@trunkline/client";
import { reloadableTlsServerCredentials, tlsServerCredentials } from "@trunkline/server";
import { createAuthority } from "@trunkline/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { call, createLog, endAll, nameShown, serveTls } from "./tls-ends.js";

const authority = createAuthority();
const ca = authority.cert;
const usual = authority.issue("usual", ["localhost", "127.0.0.1"]);
// The other kind of key: OpenSSL must not go back to the usual certificate because the client likes its kind better.
const users = authority.issue("users", ["users.example", "u.example"], { keyType: "rsa" });
const wild = authority.issue("wild", ["*.users.example"]);
const named = authority.issue("named", ["elsewhere.example"]);
const certificates = [users, wild, { ...named, serverNames: ["Named.Example", "*.named.example"] }];

afterEach(endAll);

describe.each(["TLSv1.2", "TLSv1.3"] as const)("%s", (version) => {
  it.each([
    [undefined, "usual"],
    ["localhost", "usual"],
    ["nobody.example", "usual"],
    ["users.example", "users"],
    ["USERS.Example", "users"],
    ["u.example", "users"],
    ["a.users.example", "wild"],
    ["b.a.users.example", "usual"],
    ["named.example", "named"],
    ["x.named.example", "named"],
    ["elsewhere.example", "usual"],
  ])("a client that asks for %s gets %s", async (servername, expected) => {
    const { port } = await serveTls(tlsServerCredentials({ ...usual, certificates }));
    const versions = { minVersion: version, maxVersion: version };
    expect(await nameShown(port, { ...versions, ...(servername ? { servername } : {}) })).toBe(
      expected,
    );
  });
});

it("names that no certificate is for can be refused; no name at all is not refused", async () => {
  const { log, lines } = createLog();
  const credentials = tlsServerCredentials({
    ...usual,
    certificates,
    unknownServerName: "refuse",
  });
  const { server, port } = await serveTls(credentials, log);
  expect(await nameShown(port)).toBe("usual");
  expect(await nameShown(port, { servername: "localhost" })).toBe("usual");
  expect(await nameShown(port, { servername: "nobody.example" })).toMatch(/^ERR_|^E[A-Z]+$/);
  expect(lines.find(({ level }) => level === "warn")).toMatchObject({
    message: "a TLS client asks for a server name that no certificate is for",
    fields: { serverName: "nobody.example", peer: "127.0.0.1" },
  });
  expect(server.stats().tlsFailures).toBe(1);
});

it("channels ask for the name of `serverName`, of `authority`, or of the target", async () => {
  const { port } = await serveTls(tlsServerCredentials({ ...usual, certificates }));
  const byName = tlsChannelCredentials({ ca, serverName: "users.example" });
  expect(await call(port, { credentials: byName })).toMatchObject({ serverName: "users.example" });
  const plain = tlsChannelCredentials({ ca });
  expect(await call(port, { credentials: plain, authority: "a.users.example:1" })).toMatchObject({
    serverName: "a.users.example",
  });
  const byAddress = (await call(port, { credentials: plain })) as Record<string, unknown>;
  expect(byAddress.serverName).toBeUndefined();
});

it("certificates come and go while the server runs", async () => {
  const credentials = reloadableTlsServerCredentials(usual);
  const { port } = await serveTls(credentials);
  const asked = { servername: "users.example" };
  expect(await nameShown(port, asked)).toBe("usual");
  credentials.update({ certificates });
  expect(await nameShown(port, asked)).toBe("users");
  credentials.update({ certificates: undefined });
  expect(await nameShown(port, asked)).toBe("usual");
});

it("a certificate that does not fit its key is named", async () => {
  const mixed = { cert: users.cert, key: wild.key };
  const credentials = tlsServerCredentials({ ...usual, certificates: [wild, mixed] });
  await expect(serveTls(credentials)).rejects.toThrow(
    "TLS certificate and key of certificates[1] cannot be used",
  );
});
