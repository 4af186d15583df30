// Tables: targets, options and entries, good and bad.
import type { Target } from "@trunkline/client";
import { UsageError } from "@trunkline/core";
import { describe, expect, it } from "vitest";
import { createConsulResolver } from "./consul-resolver.js";
import { parseConsulTarget } from "./consul-target.js";
import { toEndpoint } from "./health-entry.js";
import { registerInConsul } from "./register-in-consul.js";

function toTarget(text: string): Target {
  const [, authority = ""] = /^consul:(?:\/\/([^/]*)\/)?/.exec(text) ?? [];
  return { text, scheme: "consul", authority, endpoint: "decoded" };
}

describe("targets", () => {
  it.each([
    ["consul:///users", undefined, "users", "passing=1"],
    ["consul:users?passing=false", undefined, "users", ""],
    ["consul://10.0.0.1/users?passing", { host: "10.0.0.1", port: 8500 }, "users", "passing=1"],
    [
      "consul://[::1]:1/users?tag=a&tag=b",
      { host: "::1", port: 1 },
      "users",
      "tag=a&tag=b&passing=1",
    ],
    [
      "consul:///users?filter=a%20%26%20b%2525",
      undefined,
      "users",
      "filter=a+%26+b%2525&passing=1",
    ],
    ["consul:///a%20b?near=_agent", undefined, "a b", "near=_agent&passing=1"],
  ])("%s", (text, agent, service, query) => {
    const parsed = parseConsulTarget(toTarget(text));
    expect(parsed).toMatchObject({ agent, service });
    expect(String(parsed.query)).toBe(query);
  });

  it.each([
    ["consul:///", /names no service/],
    ["consul:///a/b", /names no service/],
    ["consul:///%ff", /"%ff" is not percent-encoded UTF-8/],
    ["consul:///users?tags=a", /"tags" is not known; known are passing, dc/],
    ["consul:///users?dc=a&dc=b", /"dc" stands there twice/],
    ["consul:///users?passing=perhaps", /passing is "perhaps"/],
    ["consul://a:b/users", /"a:b", is not host:port/],
    ["consul://a:70000/users", /"a:70000", is not host:port/],
  ])("%s is refused", (text, why) => {
    const { defaultAuthority } = createConsulResolver();
    expect(() => defaultAuthority(toTarget(text))).toThrow(why);
    expect(() => defaultAuthority(toTarget(text))).toThrow(text);
    expect(() => defaultAuthority(toTarget(text))).toThrow(UsageError);
  });
});

it.each([
  [{ address: "a:b" }, /"a:b", is not host:port/],
  [{ token: 1 }, /option token is 1/],
  [{ waitMs: 1 }, /option waitMs is 1; it must be a number from 1000 to 600000/],
  [{ minIntervalMs: -1 }, /option minIntervalMs is -1/],
  [{ requestTimeoutMs: 0 }, /option requestTimeoutMs is 0/],
])("%j is refused", (options, why) => {
  expect(() => createConsulResolver(options as never)).toThrow(why);
});

it.each([
  [{ service: "" }, /option service is ""/],
  [{ port: 0 }, /option port is 0/],
  [{ check: { ttlSeconds: 0 } }, /check\.ttlSeconds is 0/],
  [{ check: { kind: "grpc", intervalSeconds: 0 } as const }, /check\.intervalSeconds is 0/],
  [{ check: { deregisterAfterSeconds: 1 } }, /deregisterAfterSeconds is 1; .* from 60/],
])("registering %j is refused", async (wrong, why) => {
  await expect(registerInConsul({ service: "users", port: 1, ...wrong })).rejects.toThrow(why);
});

describe("entries", () => {
  const Node = { Address: "10.0.0.1" };
  const at = (host: string): object => ({ addresses: [{ kind: "tcp", host, port: 1 }] });
  const checks = (...all: string[]): object[] => all.map((Status) => ({ Status }));

  it.each<[string, object, object | undefined]>([
    ["the node's address", { Node, Service: { Address: "", Port: 1 } }, at("10.0.0.1")],
    ["its own address", { Node, Service: { Address: "10.0.0.2", Port: 1 } }, at("10.0.0.2")],
    ["an IPv6 address", { Node, Service: { Address: "[::2]", Port: 1 } }, at("::2")],
    [
      "a weight",
      { Node, Service: { Port: 1, Weights: { Passing: 5, Warning: 2 } } },
      { ...at("10.0.0.1"), weight: 5 },
    ],
    [
      "the weight of a warning",
      {
        Node,
        Service: { Port: 1, Weights: { Passing: 5, Warning: 2 } },
        Checks: checks("passing", "warning"),
      },
      { ...at("10.0.0.1"), weight: 2 },
    ],
    ["a weight of 1", { Node, Service: { Port: 1, Weights: { Passing: 1 } } }, at("10.0.0.1")],
    ["a weight of 0", { Node, Service: { Port: 1, Weights: { Passing: 0 } } }, undefined],
    ["a critical check", { Node, Service: { Port: 1 }, Checks: checks("critical") }, undefined],
    [
      "a zone of the node",
      { Node: { ...Node, Meta: { zone: "n" } }, Service: { Port: 1, Meta: null } },
      { ...at("10.0.0.1"), zone: "n" },
    ],
    [
      "a zone of the service",
      { Node: { ...Node, Meta: { zone: "n" } }, Service: { Port: 1, Meta: { zone: "s" } } },
      { ...at("10.0.0.1"), zone: "s" },
    ],
    [
      "a locality",
      { Node: { ...Node, Locality: { Zone: "l" } }, Service: { Port: 1, Meta: { zone: "s" } } },
      { ...at("10.0.0.1"), zone: "l" },
    ],
  ])("%s", (_what, entry, endpoint) => {
    expect(toEndpoint(entry)).toEqual(endpoint);
  });

  it.each([
    [{ Service: { Port: 1 } }, /has an address/],
    [{ Node, Service: {} }, /its port is 0/],
  ])("%j cannot be used", (entry, why) => {
    expect(() => toEndpoint(entry)).toThrow(why);
  });
});
