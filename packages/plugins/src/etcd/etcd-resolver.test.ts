// Tables: targets, options, keys and records, good and bad.
import { type Target, tlsChannelCredentials } from "@trunkline/client";
import { UsageError } from "@trunkline/core";
import { describe, expect, it } from "vitest";
import { toAccess } from "./etcd-options.js";
import { createEtcdResolver } from "./etcd-resolver.js";
import { decodeText, encodeKey, endOfPrefix } from "./key-range.js";
import { registerInEtcd } from "./register-in-etcd.js";
import { formatRecord, parseAddress, parseRecord, toEndpoint } from "./server-record.js";

function toTarget(text: string): Target {
  const [, authority = "", endpoint = ""] = /^etcd:(?:\/\/([^/]*)\/)?(.*)$/.exec(text) ?? [];
  return { text, scheme: "etcd", authority, endpoint };
}

describe("targets", () => {
  const { defaultAuthority } = createEtcdResolver();

  it.each([
    ["etcd:///users", "users"],
    ["etcd:users", "users"],
    ["etcd:///prod/users/", "users"],
  ])("%s is %s", (text, authority) => {
    expect(defaultAuthority(toTarget(text))).toBe(authority);
  });

  it.each([
    ["etcd:///", /names no service/],
    ["etcd://10.0.0.1:2379/users", /option endpoints .* "10\.0\.0\.1:2379" stands there/],
  ])("%s is refused", (text, why) => {
    expect(() => defaultAuthority(toTarget(text))).toThrow(why);
    expect(() => defaultAuthority(toTarget(text))).toThrow(UsageError);
  });
});

describe("endpoints of etcd", () => {
  const credentials = tlsChannelCredentials();

  it.each([
    [{}, "127.0.0.1:2379"],
    [{ endpoints: ["etcd-1"] }, "etcd-1:2379"],
    [{ endpoints: ["http://etcd-1:1/"] }, "etcd-1:1"],
    [{ endpoints: ["https://[::1]"], credentials }, "[::1]:2379"],
  ])("%j", (options, endpoint) => {
    expect(toAccess(options).endpoints).toEqual([endpoint]);
  });

  it.each([
    [{ endpoints: [] }, /empty array/],
    [{ endpoints: "a:1" }, /endpoints is "a:1"; it must be an array/],
    [{ endpoints: ["a:1,b:2"] }, /"a:1,b:2"; it must be host:port/],
    [{ endpoints: ["https://a"] }, /that needs TLS credentials/],
    [{ endpoints: ["http://a"], credentials }, /the credentials are TLS/],
    [{ username: "root" }, /password is missing/],
    [{ password: "x" }, /username is missing/],
    [{ requestTimeoutMs: 0 }, /requestTimeoutMs is 0/],
    [{ toEndpoint: 1 }, /toEndpoint is 1/],
  ])("%j is refused", (options, why) => {
    expect(() => createEtcdResolver(options as never)).toThrow(why);
  });
});

it.each([
  [{ service: "" }, /option service is ""/],
  [{ address: "10.0.0.1" }, /option address is "10\.0\.0\.1"/],
  [{ id: "" }, /option id is ""/],
  [{ ttlSeconds: 0.5 }, /option ttlSeconds is 0\.5/],
])("registering %j is refused", async (wrong, why) => {
  const options = { service: "users", address: "10.0.0.1:1", ...wrong };
  await expect(registerInEtcd(options)).rejects.toThrow(why);
});

it.each([
  ["users/", "users0"],
  ["a", "b"],
])("the keys that begin with %s end before %s", (prefix, end) => {
  expect(decodeText(endOfPrefix(encodeKey(prefix)))).toBe(end);
});

it("bytes that cannot grow are left out of the end of a range", () => {
  expect(endOfPrefix(Uint8Array.of(1, 0xff))).toEqual(Uint8Array.of(2));
  expect(endOfPrefix(Uint8Array.of(0xff))).toEqual(Uint8Array.of(0));
});

describe("records", () => {
  it("are written as etcd's package for Go writes them", () => {
    expect(formatRecord("a:1", undefined)).toBe('{"Op":0,"Addr":"a:1","Metadata":null}');
    expect(formatRecord("a:1", { zone: "n" })).toBe(
      '{"Op":0,"Addr":"a:1","Metadata":{"zone":"n"}}',
    );
  });

  it.each<[string, unknown, object]>([
    ["10.0.0.1:1", null, {}],
    ["[::1]:1", { weight: 2, zone: "n" }, { weight: 2, zone: "n" }],
    ["a:1", { weight: -1, zone: "" }, {}],
    ["a:1", { weight: "2", zone: 3 }, {}],
    ["a:1", "text", {}],
  ])("%s with %j", (address, metadata, more) => {
    const addresses = [parseAddress(address)];
    const record = parseRecord(formatRecord(address, metadata));
    expect(toEndpoint(record)).toEqual({ addresses, ...more });
  });

  it.each(["{", "null", "1", '{"Op":0}', '{"Addr":1}', '{"Addr":"a"}', '{"Addr":"a:0"}'])(
    "%s is refused",
    (text) => {
      expect(() => toEndpoint(parseRecord(text))).toThrow(/it(s Addr "a(:0)?")? (is|has) n/);
    },
  );

  it.each([
    ["unix:/run/a", { kind: "unix", path: "/run/a" }],
    ["unix:///run/a", { kind: "unix", path: "/run/a" }],
    ["unix:", undefined],
    ["a:65536", undefined],
    ["::1:1", undefined],
  ])("the address %s", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });
});
