// The Kubernetes resolver against a stand-in for the API server over real sockets.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createChannel } from "@trunkline/client";
import { silentLog } from "@trunkline/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  createKubernetesResolver,
  type KubernetesResolverOptions,
} from "../src/kubernetes/index.js";
import { type Followed, follow } from "./followed.js";
import { KubernetesStandIn } from "./kubernetes-api.js";
import { selfSigned } from "./self-signed.js";

const backoff = { initialMs: 10, maxMs: 20 };
const closing: (() => unknown)[] = [];
let api: KubernetesStandIn;

beforeEach(async () => {
  api = new KubernetesStandIn();
  await api.http.start();
  closing.push(() => api.http.stop());
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0).reverse()) await close();
});

const server = (): string => `http://127.0.0.1:${api.http.port}`;

function watch(
  target = "kubernetes:///users.shop:grpc",
  options: KubernetesResolverOptions = { server: server() },
): Followed {
  const followed = follow(createKubernetesResolver({ backoff, ...options }), target);
  closing.push(() => followed.resolver.close());
  return followed;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function untilWatched(): Promise<void> {
  while (api.watches === 0) await nextTurn();
}

describe("pods", () => {
  it("come and go, in several slices", async () => {
    api.put("s1", ["10.0.0.1"]);
    api.put("s2", ["10.0.0.2"]);
    api.put("s3", ["10.0.0.3", "10.0.0.4"]);
    const users = watch();
    await users.finds("10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1", "10.0.0.4:1");
    api.put("s3", ["10.0.0.3"]);
    api.delete("s2");
    await users.finds("10.0.0.1:1", "10.0.0.3:1");
    api.put("s4", ["fd00::1"], { type: "IPv6", port: 2, more: { zone: "north" } });
    await users.finds("10.0.0.1:1", "10.0.0.3:1", "fd00::1:2");
    expect(users.found.value?.at(-1)?.zone).toBe("north");
  });

  it("that are not ready are removed, and come back", async () => {
    api.put("s1", ["10.0.0.1"]);
    api.put("s2", ["10.0.0.2"]);
    const users = watch();
    await users.finds("10.0.0.1:1", "10.0.0.2:1");
    api.put("s2", ["10.0.0.2"], { more: { conditions: { ready: false } } });
    await users.finds("10.0.0.1:1");
    api.put("s2", ["10.0.0.2"]);
    await users.finds("10.0.0.1:1", "10.0.0.2:1");
  });

  it("have the port of the target", async () => {
    api.put("s1", ["10.0.0.1"]);
    await watch("kubernetes:///users.shop").finds("10.0.0.1:1");
    await watch("kubernetes:///users.shop:7").finds("10.0.0.1:7");
    const wrong = watch("kubernetes:///users.shop:http");
    await wrong.failures.until((all) => all.length > 0);
    expect(wrong.failures.value[0]).toMatch(/have no port "http"; they have grpc \(1\)$/);
  });
});

describe("a watch", () => {
  it("that ends goes on where it was", async () => {
    api.put("s1", ["10.0.0.1"]);
    const users = watch();
    await users.finds("10.0.0.1:1");
    await untilWatched();
    api.endWatches();
    api.put("s1", ["10.0.0.2"]);
    await users.finds("10.0.0.2:1");
    expect(api.asked.filter((url) => !url.searchParams.has("watch")).length).toBe(1);
    expect(users.logged.value).toEqual([]);
  });

  it.each<[string, () => void, RegExp]>([
    [
      "is cut in the middle of a line",
      () => {
        api.send('{"type":"ADDED","obj');
        api.endWatches();
      },
      /broke off in the middle of a line/,
    ],
    ["loses its connection", () => api.http.breakConnections(), /the answer broke off/],
    ["says what is no JSON", () => api.send("<html>\n"), /an event of the watch is not JSON/],
    [
      "says that it has failed",
      () => api.send('{"type":"ERROR","object":{"code":500,"message":"no quorum"}}\n'),
      /the watch has failed: no quorum/,
    ],
  ])("that %s goes on where it was, and what is known stays", async (_what, happen, why) => {
    api.put("s1", ["10.0.0.1"]);
    const users = watch();
    await users.finds("10.0.0.1:1");
    await untilWatched();
    happen();
    await users.logged.until((all) => all.length > 0);
    expect(users.logged.value[0]).toMatch(/the endpoints known stay in use/);
    expect(users.logged.value[0]).toMatch(why);
    expect(users.logged.value[0]).toMatch(/Kubernetes API .*shop.*users/);
    api.put("s2", ["10.0.0.2"]);
    await users.finds("10.0.0.1:1", "10.0.0.2:1");
    expect(api.asked.filter((url) => !url.searchParams.has("watch")).length).toBe(1);
  });

  it.each<[string, () => void]>([
    ["by an event", () => api.send('{"type":"ERROR","object":{"code":410,"reason":"Expired"}}\n')],
    ["by a status", () => api.endWatches()],
  ])("whose version is gone is replaced by a new list: %s", async (_what, happen) => {
    api.put("s1", ["10.0.0.1"]);
    const users = watch();
    await users.finds("10.0.0.1:1");
    await untilWatched();
    api.put("s2", ["10.0.0.2"]);
    await users.finds("10.0.0.1:1", "10.0.0.2:1");
    api.slices.delete("s1");
    api.version = 50;
    api.oldest = 50;
    happen();
    await users.finds("10.0.0.2:1");
  });
});

describe("an API server", () => {
  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    [
      "refuses",
      (response) => {
        response.statusCode = 403;
        response.end('{"message":"endpointslices is forbidden"}');
      },
      /HTTP status 403: .*endpointslices is forbidden/,
    ],
    ["answers no JSON", (response) => void response.end("<html>"), /is not JSON/],
    ["breaks off", (response) => void response.destroy(), /socket hang up|ECONNRESET/],
  ])("that %s is asked again", async (_what, fault, why) => {
    api.faults.push(fault);
    api.put("s1", ["10.0.0.1"]);
    const users = watch();
    await users.finds("10.0.0.1:1");
    expect(users.failures.value[0]).toMatch(
      /^Kubernetes API http:\/\/127\.0\.0\.1:\d+, namespace "shop", service "users": /,
    );
    expect(users.failures.value[0]).toMatch(why);
  });

  it("that is away and comes back is followed again", async () => {
    api.put("s1", ["10.0.0.1"]);
    const users = watch();
    await users.finds("10.0.0.1:1");
    await untilWatched();
    await api.http.stop();
    await users.logged.until((all) => all.some((text) => text.includes("stay in use")));
    api.put("s1", ["10.0.0.2"]);
    await api.http.start();
    await users.finds("10.0.0.2:1");
    await users.logged.until((all) => all.some((text) => text.includes("answers again")));
  });

  it("is found inside of a cluster, and gets the token of the moment", async () => {
    api = new KubernetesStandIn(selfSigned);
    const { http } = api;
    await http.start();
    closing.push(() => http.stop());
    const folder = mkdtempSync(join(tmpdir(), "trunkline-account-"));
    closing.push(() => rmSync(folder, { recursive: true }));
    const { ca } = selfSigned;
    for (const [name, text] of Object.entries({ "ca.crt": ca, token: "one", namespace: "shop" })) {
      writeFileSync(join(folder, name), text);
    }
    vi.stubEnv("KUBERNETES_SERVICE_HOST", "127.0.0.1");
    vi.stubEnv("KUBERNETES_SERVICE_PORT", String(http.port));
    api.put("s1", ["10.0.0.1"]);
    const { cert, key } = selfSigned;
    const tls = { cert, key };
    const users = watch("kubernetes:///users", { serviceAccountFolder: folder, tls });
    await users.finds("10.0.0.1:1");
    await untilWatched();
    writeFileSync(join(folder, "token"), "two");
    http.breakConnections();
    api.put("s1", ["10.0.0.2"]);
    await users.finds("10.0.0.2:1");
    expect([...api.tokens]).toEqual(["Bearer one", "Bearer two"]);
  });
});

it("a channel that is closed ends its watch", async () => {
  const channel = createChannel("kubernetes:///users.shop", {
    resolvers: { kubernetes: createKubernetesResolver({ server: server(), backoff }) },
    log: silentLog,
  });
  channel.connect();
  await untilWatched();
  await channel.close();
  while (api.watches > 0) await nextTurn();
  expect(api.asked.length).toBe(2);
});
