// Tables: targets, and what comes of EndpointSlices.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Target } from "@trunkline/client";
import { UsageError } from "@trunkline/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { toApiAccess } from "./api-access.js";
import {
  type EndpointSlice,
  type SliceEndpoint,
  type SlicePort,
  toEndpoints,
} from "./endpoint-slice.js";
import { createKubernetesResolver } from "./kubernetes-resolver.js";
import { type PortChoice, parseKubernetesTarget } from "./kubernetes-target.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

function toTarget(text: string): Target {
  const [, authority = "", endpoint = ""] = /^kubernetes:(?:\/\/([^/]*)\/)?(.*)$/.exec(text) ?? [];
  return { text, scheme: "kubernetes", authority, endpoint };
}

const grpc: PortChoice = { kind: "name", name: "grpc" };

describe("targets", () => {
  it.each<[string, string, string | undefined, PortChoice]>([
    ["kubernetes:///users.shop:grpc", "users", "shop", grpc],
    ["kubernetes:users.shop", "users", "shop", { kind: "only" }],
    ["kubernetes:///users:50051", "users", undefined, { kind: "number", number: 50_051 }],
    ["kubernetes:///users.shop.svc.cluster.local:grpc", "users", "shop", grpc],
  ])("%s", (text, service, namespace, port) => {
    expect(parseKubernetesTarget(toTarget(text))).toEqual({ service, namespace, port });
  });

  it.each([
    ["kubernetes:///", /is not kubernetes:\/\/\/service/],
    ["kubernetes:///Users.shop", /is not kubernetes/],
    ["kubernetes:///users.shop.pod", /is not kubernetes/],
    ["kubernetes:///users.shop:a:b", /is not kubernetes/],
    ["kubernetes:///users.shop:a_b", /"a_b" is neither/],
    ["kubernetes:///users.shop:0", /port 0 is not from 1/],
    ["kubernetes://10.0.0.1/users.shop", /option server .* "10\.0\.0\.1" stands there/],
  ])("%s is refused", (text, why) => {
    const { defaultAuthority } = createKubernetesResolver({ server: "http://127.0.0.1:1" });
    expect(() => defaultAuthority(toTarget(text))).toThrow(why);
    expect(() => defaultAuthority(toTarget(text))).toThrow(UsageError);
  });

  it("have an authority", () => {
    const { defaultAuthority } = createKubernetesResolver({ server: "http://127.0.0.1:1" });
    expect(defaultAuthority(toTarget("kubernetes:///users.shop:grpc"))).toBe("users.shop");
    expect(defaultAuthority(toTarget("kubernetes:///users:grpc"))).toBe("users");
  });
});

describe("the API server", () => {
  it.each([
    [{ server: "10.0.0.1:443" }, /option server is "10\.0\.0\.1:443"/],
    [{ server: "https://a/b" }, /option server is "https:\/\/a\/b"/],
    [{ server: "https://a", token: 1 }, /option token is 1/],
    [{ server: "https://a", requestTimeoutMs: 0 }, /option requestTimeoutMs is 0/],
    [{ watchMs: 1 }, /option watchMs is 1/],
  ])("%j is refused", (options, why) => {
    expect(() => createKubernetesResolver(options as never)).toThrow(why);
  });

  it("must be named outside of a cluster", () => {
    vi.stubEnv("KUBERNETES_SERVICE_HOST", "");
    const { defaultAuthority } = createKubernetesResolver();
    expect(() => defaultAuthority(toTarget("kubernetes:///users"))).toThrow(
      /KUBERNETES_SERVICE_HOST is not set/,
    );
  });

  it("is known inside of a cluster, and the token is read each time", async () => {
    const folder = mkdtempSync(join(tmpdir(), "trunkline-account-"));
    vi.stubEnv("KUBERNETES_SERVICE_HOST", "fd00::1");
    vi.stubEnv("KUBERNETES_SERVICE_PORT", "6443");
    const access = toApiAccess({ serviceAccountFolder: folder });
    expect(access.server).toBe("https://[fd00::1]:6443");
    await expect(access.headers()).rejects.toThrow(/service account cannot be read: .*token/);
    for (const token of ["one", "two"]) {
      writeFileSync(join(folder, "token"), `${token}\n`);
      expect(await access.headers()).toEqual({ authorization: `Bearer ${token}` });
    }
    writeFileSync(join(folder, "namespace"), "shop");
    expect(await access.namespace()).toBe("shop");
    await expect(access.createClient()).rejects.toThrow(/ca\.crt/);
    rmSync(folder, { recursive: true });
  });

  it.each([
    [{ server: "https://a" }, "https://a:443", "default", {}],
    [
      { server: "http://a:8001/", namespace: "b", token: "c" },
      "http://a:8001",
      "b",
      { authorization: "Bearer c" },
    ],
    [
      { server: "http://a", token: async () => "d" },
      "http://a:80",
      "default",
      { authorization: "Bearer d" },
    ],
  ])("%j", async (options, server, namespace, headers) => {
    const access = toApiAccess(options);
    expect([access.server, await access.namespace(), await access.headers()]).toEqual([
      server,
      namespace,
      headers,
    ]);
  });
});

describe("endpoints", () => {
  const ports = [
    { name: "http", port: 80 },
    { name: "grpc", port: 1 },
    { name: "grpc", port: 9, protocol: "UDP" },
  ];
  const slice = (endpoints: SliceEndpoint[], more: Partial<EndpointSlice> = {}): EndpointSlice => ({
    metadata: { name: "slice" },
    addressType: "IPv4",
    ports,
    endpoints,
    ...more,
  });
  const pod = (host: string, more: Partial<SliceEndpoint> = {}): SliceEndpoint => ({
    addresses: [host],
    ...more,
  });
  const textOf = (slices: EndpointSlice[], choice: PortChoice = grpc, zone?: string): string[] =>
    toEndpoints(slices, choice, zone).map(
      (endpoint) =>
        endpoint.addresses
          .map((address) => (address.kind === "tcp" ? `${address.host}:${address.port}` : ""))
          .join("+") + (endpoint.zone === undefined ? "" : `@${endpoint.zone}`),
    );
  const down = { conditions: { ready: false } };
  const leaving = { conditions: { ready: false, serving: true, terminating: true } };
  const gone = { conditions: { ready: false, serving: false, terminating: true } };

  it.each<[string, SliceEndpoint[], string[]]>([
    ["are those of a slice", [pod("a"), pod("b")], ["a:1", "b:1"]],
    ["have the first address of each", [pod("a", { addresses: ["a", "b"] })], ["a:1"]],
    ["without an address are none", [pod("a", { addresses: [] })], []],
    ["that do not say are ready", [pod("a", { conditions: { ready: null } })], ["a:1"]],
    ["that are not ready are left out", [pod("a"), pod("b", down), pod("c", leaving)], ["a:1"]],
    [
      "that leave do while there is no other",
      [pod("b", down), pod("c", leaving), pod("d", gone)],
      ["c:1"],
    ],
    ["have a zone", [pod("a", { zone: "n" }), pod("b", { zone: null })], ["a:1@n", "b:1"]],
    [
      "have the zone that they are meant for",
      [pod("a", { zone: "n", hints: { forZones: [{ name: "s" }, { name: "w" }] } })],
      ["a:1@s"],
    ],
  ])("%s", (_what, endpoints, expected) => {
    expect(textOf([slice(endpoints)])).toEqual(expected);
  });

  it("are for the client's zone if they are meant for it", () => {
    const meant = pod("a", { hints: { forZones: [{ name: "s" }, { name: "w" }] } });
    expect(textOf([slice([meant])], grpc, "w")).toEqual(["a:1@w"]);
    expect(textOf([slice([meant])], grpc, "x")).toEqual(["a:1@s"]);
  });

  it("of several slices are one list, in an order of its own", () => {
    const one = slice([pod("b")]);
    const other = slice([pod("a")], { ports: [{ name: "grpc", port: 2 }] });
    expect(textOf([one, other])).toEqual(["a:2", "b:1"]);
    expect(textOf([other, one])).toEqual(["a:2", "b:1"]);
  });

  it("with two families are one server", () => {
    const targetRef = { uid: "1", name: "pod-1" };
    const six = slice([pod("fd00::1", { targetRef })], { addressType: "IPv6" });
    const four = slice([pod("10.0.0.1", { targetRef })]);
    expect(textOf([six, four])).toEqual(["10.0.0.1:1+fd00::1:1"]);
  });

  it("that move from slice to slice are there once, ready if either says so", () => {
    const targetRef = { uid: "1" };
    const before = slice([pod("a", { targetRef, ...down })]);
    expect(textOf([before, slice([pod("a", { targetRef })])])).toEqual(["a:1"]);
  });

  it.each<[string, PortChoice, Partial<EndpointSlice>, string[]]>([
    ["by number", { kind: "number", number: 7 }, {}, ["a:7"]],
    ["by number, without any", { kind: "number", number: 7 }, { ports: null }, ["a:7"]],
    ["the only one", { kind: "only" }, { ports: [{ name: "", port: 3 }] }, ["a:3"]],
    ["the one named grpc", { kind: "only" }, {}, ["a:1"]],
  ])("have a port: %s", (_what, choice, more, expected) => {
    expect(textOf([slice([pod("a")], more)], choice)).toEqual(expected);
  });

  it.each<[PortChoice, SlicePort[], string]>([
    [grpc, [{ name: "http", port: 80 }], 'have no port "grpc"; they have http (80)'],
    [grpc, [{ name: null, port: 80 }], 'have no port "grpc"; they have unnamed (80)'],
    [{ kind: "only" }, [], "have not one port only; they have no port"],
  ])("without the port %j say so", (choice, given, why) => {
    expect(() => textOf([slice([pod("a")], { ports: given })], choice)).toThrow(why);
    // Nobody there is another matter.
    expect(textOf([slice([], { ports: given })], choice)).toEqual([]);
  });
});
