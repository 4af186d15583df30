// The resolver and the registration against a real etcd: changes, outages, compaction, leases, users, TLS.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Channel,
  createChannel,
  createClient,
  tlsChannelCredentials,
} from "@trunkline/client";
import { silentLog } from "@trunkline/core";
import {
  createEtcdResolver,
  type EtcdConnection,
  type EtcdRegistration,
  registerInEtcd,
} from "@trunkline/plugins/etcd";
import { createAuthority, watchResources } from "@trunkline/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type EtcdServer, startEtcd } from "./etcd-server.js";
import { type Followed, follow } from "./follow.js";
import { Auth, KV } from "./gen/rpc_pb.js";

const encoder = new TextEncoder();
const opened: AsyncDisposable[] = [];
let etcd: EtcdServer;
let connection: EtcdConnection;

beforeEach(async () => {
  etcd = await startEtcd();
  connection = { endpoints: [etcd.endpoint], backoff: { initialMs: 50, maxMs: 200 } };
});

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
  await etcd.stop();
  vi.restoreAllMocks();
});

function watch(options: EtcdConnection = connection, target = "etcd:///users"): Followed {
  const followed = follow("etcd", createEtcdResolver(options), target);
  opened.push(followed);
  return followed;
}

async function register(
  address: string,
  more: Partial<Parameters<typeof registerInEtcd>[0]> = {},
): Promise<EtcdRegistration> {
  const options = { ...connection, service: "users", address, log: silentLog, ...more };
  const registration = await registerInEtcd(options);
  opened.push(registration);
  return registration;
}

function dial(): Channel {
  const channel = createChannel(etcd.endpoint);
  opened.push(channel);
  return channel;
}

const put = (key: string, value: string): Promise<unknown> =>
  createClient(KV, dial()).put({ key: encoder.encode(key), value: encoder.encode(value) });

describe("servers", () => {
  it("come and go", async () => {
    const users = watch();
    await users.finds();
    const one = await register("10.0.0.1:1");
    expect(one.key).toBe("users/10.0.0.1:1");
    await users.finds("10.0.0.1:1");
    const two = await register("[::1]:2", { metadata: { zone: "north", weight: 3 }, id: "b" });
    expect(two.key).toBe("users/b");
    await users.finds("10.0.0.1:1", "::1:2*3@north");
    await one.close();
    await users.finds("::1:2*3@north");
    await two.close();
    await users.finds();
  });

  it("of another service are none of ours, whatever their name begins with", async () => {
    await register("10.0.0.9:9", { service: "users-of-old" });
    await register("10.0.0.1:1");
    const users = watch();
    await users.finds("10.0.0.1:1");
    expect(users.updates).toBe(1);
  });

  it("that cannot be read are left out, and said", async () => {
    await put("users/a", "{");
    await put("users/b", '{"Addr":"nowhere"}');
    await put("users/c", '{"Op":0,"Addr":"10.0.0.1:1","Metadata":null}');
    const users = watch();
    await users.finds("10.0.0.1:1");
    expect(users.warnings.join("\n")).toMatch(/users\/a.*not JSON.*\n.*users\/b.*nowhere/);
  });

  it("that died vanish with their lease", async () => {
    const users = watch();
    const dead = await register("10.0.0.2:2", { ttlSeconds: 1, clock: stoppedClock });
    await users.finds("10.0.0.2:2");
    await users.finds();
    expect(dead.isRegistered).toBe(true);
  });
});

/** A server that hangs: it never gets to renew anything. */
const stoppedClock = {
  now: () => Date.now(),
  setTimer: () => ({ cancel: () => {}, keepAlive: () => {} }),
};

describe("when etcd is away", () => {
  it("the servers known stay in use, and what changes later is heard of", async () => {
    await register("10.0.0.1:1", { ttlSeconds: 60 });
    const users = watch();
    const others = watch(connection, "etcd:///others");
    await users.finds("10.0.0.1:1");
    await others.finds();
    await etcd.kill();
    await others.logs(/fails: the endpoints known stay in use/);
    await users.logs(/fails: the endpoints known stay in use/);
    expect(users.warnings.join()).toContain(`etcd, keys \\"users/\\": ${etcd.endpoint}: `);
    expect(users.found).toEqual(["10.0.0.1:1"]);
    await etcd.restart();
    await users.logs(/answers again/);
    await register("10.0.0.2:2");
    await users.finds("10.0.0.1:1", "10.0.0.2:2");
    await register("10.0.0.3:3", { service: "others" });
    await others.finds("10.0.0.3:3");
  });

  it("from the start, it is asked until it is there", async () => {
    await etcd.kill();
    const users = watch();
    await users.logs(/^failed: etcd, keys "users\/": 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    await etcd.restart();
    await users.finds();
  });

  it("and comes back without its data, that is what counts, and registrations are made anew", async () => {
    const one = await register("10.0.0.1:1", { ttlSeconds: 3 });
    // So many revisions that the new store is behind.
    for (let i = 0; i < 20; i++) await put("other", String(i));
    const users = watch();
    await users.finds("10.0.0.1:1");
    await etcd.kill();
    await users.logs(/registry of services fails/);
    await etcd.restart(true);
    await users.finds();
    await users.finds("10.0.0.1:1");
    expect(one.isRegistered).toBe(true);
  });

  it("registering says so", async () => {
    await etcd.kill();
    await expect(register("10.0.0.1:1")).rejects.toThrow(
      /^etcd, key "users\/10\.0\.0\.1:1" cannot be registered: etcd, key .* 127\.0\.0\.1:\d+: .*ECONNREFUSED/,
    );
  });

  it("the next member is asked", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const other = await startEtcd();
    opened.push({ [Symbol.asyncDispose]: () => other.stop() });
    await register("10.0.0.1:1");
    await register("10.0.0.2:2", { endpoints: [other.endpoint] });
    const users = watch({ ...connection, endpoints: [etcd.endpoint, other.endpoint] });
    await users.finds("10.0.0.1:1");
    await etcd.kill();
    // The two are no cluster, which is how the test can tell who answered.
    await users.finds("10.0.0.2:2");
  });
});

it("what was compacted away is read again", async () => {
  await register("10.0.0.1:1", { ttlSeconds: 60 });
  const users = watch();
  await users.finds("10.0.0.1:1");
  const updates = users.updates;
  await etcd.kill();
  await users.logs(/registry of services fails/);
  // Changes that nobody watches, and then no history of them. The resolver waits for its next attempt meanwhile.
  await etcd.restart();
  await put("users/b", '{"Addr":"10.0.0.2:2"}');
  const kv = createClient(KV, dial());
  const { header } = await kv.put({ key: encoder.encode("users/c"), value: encoder.encode("-") });
  await kv.deleteRange({ key: encoder.encode("users/c") });
  await kv.compact({ revision: header?.revision ?? 0n, physical: true });
  await users.finds("10.0.0.1:1", "10.0.0.2:2");
  expect(users.updates).toBeGreaterThan(updates);
});

describe("users", () => {
  beforeEach(async () => {
    const auth = createClient(Auth, dial());
    await auth.userAdd({ name: "root", password: "secret" });
    await auth.roleAdd({ name: "root" });
    await auth.userGrantRole({ user: "root", role: "root" });
    await auth.authEnable({});
  });

  it("log in, and again after etcd was away", async () => {
    const access = { ...connection, username: "root", password: "secret" };
    const users = watch(access);
    await register("10.0.0.1:1", { ...access, ttlSeconds: 60 });
    await users.finds("10.0.0.1:1");
    await etcd.kill();
    await users.logs(/stay in use/);
    await etcd.restart();
    await register("10.0.0.2:2", access);
    await users.finds("10.0.0.1:1", "10.0.0.2:2");
  });

  it.each([
    ["a wrong password", { username: "root", password: "guess" }, /user .*root.* cannot log in/],
    ["none", {}, /user name is empty|permission denied|invalid auth token/],
  ])("with %s are refused", async (_what, login, why) => {
    const users = watch({ ...connection, ...login });
    await users.logs(/^failed: etcd, keys "users\/"/);
    expect(users.warnings[0]).toMatch(why);
    await expect(register("10.0.0.1:1", login)).rejects.toThrow(why);
  });
});

it("TLS on both sides", async () => {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-etcd-tls-"));
  opened.push({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) });
  const authority = createAuthority();
  const server = authority.issue("etcd", ["127.0.0.1"]);
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const secure = await startEtcd({
    cert: await file("cert.pem", server.cert),
    key: await file("key.pem", server.key),
    ca: await file("ca.pem", authority.cert),
  });
  opened.push({ [Symbol.asyncDispose]: () => secure.stop() });
  const client = authority.issue("client");
  const credentials = tlsChannelCredentials({
    ca: authority.cert,
    cert: client.cert,
    key: client.key,
  });
  const access = { ...connection, endpoints: [`https://${secure.endpoint}`], credentials };
  const users = watch(access);
  await register("10.0.0.1:1", access);
  await users.finds("10.0.0.1:1");
});

it("nothing is left behind", async () => {
  const check = watchResources();
  const registration = await registerInEtcd({ ...connection, service: "users", address: "a:1" });
  const users = follow("etcd", createEtcdResolver(connection), "etcd:///users");
  await users.finds("a:1");
  await users[Symbol.asyncDispose]();
  await registration.close();
  expect(await check.leftovers()).toEqual([]);
});
