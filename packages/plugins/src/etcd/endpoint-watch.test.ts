// The watch and the registration against an etcd that the test plays: a server in memory, on a clock that the test moves.
import type { Resolution, Resolver } from "@trunkline/client";
import { type LogFields, silentLog } from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import { Code, createServer, RpcError, type Server } from "@trunkline/server";
import { createInMemoryTransport } from "@trunkline/server/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEtcdResolver } from "./etcd-resolver.js";
import { Event_EventType } from "./gen/kv_pb.js";
import { Auth, KV, Lease, Watch, type WatchCreateRequest } from "./gen/rpc_pb.js";
import { decodeText, encodeKey } from "./key-range.js";
import { type EtcdRegistration, registerInEtcd } from "./register-in-etcd.js";

type Answer = Record<string, unknown>;

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};
const kv = (key: string, address: string, modRevision = 0n): object => ({
  key: encodeKey(`users/${key}`),
  value: encodeKey(JSON.stringify({ Op: 0, Addr: address })),
  modRevision,
});
const put = (key: string, address: string, revision: bigint): object => ({
  type: Event_EventType.Put,
  kv: kv(key, address, revision),
});
const gone = (key: string, revision: bigint): object => ({
  type: Event_EventType.Delete,
  kv: { key: encodeKey(`users/${key}`), modRevision: revision },
});

/** Answers to one watch, given one by one. */
class PlayedWatch {
  readonly creation: WatchCreateRequest;
  isOpen = true;
  readonly #answers: (Answer | Error | undefined)[] = [];
  #wake: () => void = () => {};

  constructor(creation: WatchCreateRequest) {
    this.creation = creation;
  }

  async say(answer: Answer | Error | undefined): Promise<void> {
    this.#answers.push(answer);
    this.#wake();
    await settle();
  }

  async *run(signal: AbortSignal): AsyncIterable<never> {
    signal.addEventListener("abort", () => void this.say(undefined));
    for (;;) {
      const next = this.#answers.shift();
      if (next instanceof Error) throw next;
      if (next !== undefined) yield next as never;
      else if (signal.aborted) break;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    this.isOpen = false;
  }
}

let clock: FakeClock;
let server: Server;
let watches: PlayedWatch[];
let ranges: number;
let store: { revision: bigint; kvs: object[]; clusterId: bigint };
let steps: string[];
let ttl: bigint;
let fault: Error | undefined;
let tokens: (string | undefined)[];
let resolver: Resolver | undefined;
let registration: EtcdRegistration | undefined;
let found: string[];
let failures: string[];
let warnings: string[];
let connection: Parameters<typeof createEtcdResolver>[0];

const header = (revision = store.revision): object => ({ revision, clusterId: store.clusterId });

/** What a lease and a login answer. */
function step(text: string): void {
  steps.push(text);
  if (fault !== undefined) throw fault;
}

function play(): Server {
  return createServer({ clock, log: silentLog })
    .addService(KV, {
      range(_request, call) {
        ranges += 1;
        tokens.push(call.metadata.get("token"));
        if (fault !== undefined) throw fault;
        return { header: header(), kvs: store.kvs } as never;
      },
      put({ key, value, lease }) {
        step(`put ${decodeText(key)} ${decodeText(value)} ${lease}`);
        return {};
      },
    })
    .addService(Watch, {
      async *watch(requests, call) {
        for await (const { requestUnion } of requests) {
          if (requestUnion.case !== "createRequest") continue;
          const watch = new PlayedWatch(requestUnion.value);
          watches.push(watch);
          yield* watch.run(call.signal);
          return;
        }
      },
    })
    .addService(Lease, {
      leaseGrant({ TTL }) {
        step(`grant ${TTL}`);
        return { ID: 7n, TTL };
      },
      async *leaseKeepAlive(requests) {
        for await (const { ID } of requests) {
          step(`renew ${ID}`);
          yield { ID, TTL: ttl };
        }
      },
      leaseRevoke({ ID }) {
        step(`revoke ${ID}`);
        return {};
      },
    })
    .addService(Auth, {
      authenticate({ name, password }) {
        steps.push(`log in ${name} ${password}`);
        return { token: `token-${steps.length}` };
      },
    });
}

beforeEach(() => {
  clock = new FakeClock();
  watches = [];
  ranges = 0;
  store = { revision: 5n, kvs: [kv("a", "10.0.0.1:1")], clusterId: 1n };
  steps = [];
  ttl = 15n;
  fault = undefined;
  tokens = [];
  found = [];
  failures = [];
  warnings = [];
  server = play();
  const { connect } = createInMemoryTransport(server);
  connection = { endpoints: ["127.0.0.1:2379"], connect, backoff: { jitter: 0 } };
});

afterEach(async () => {
  resolver?.close();
  resolver = undefined;
  await registration?.close();
  registration = undefined;
  await server.shutdown();
});

async function resolve(options: typeof connection = {}): Promise<void> {
  const warn = (message: string, fields: LogFields = {}): void => {
    warnings.push(`${message}: ${fields.error}`);
  };
  const factory = createEtcdResolver({ ...connection, ...options });
  const target = { text: "etcd:///users", scheme: "etcd", authority: "", endpoint: "users" };
  const listener = {
    resolved: ({ endpoints }: Resolution) =>
      void found.push(endpoints.map(({ addresses: [a] }) => (a as { host: string }).host).join()),
    failed: (error: Error) => void failures.push(error.message),
  };
  resolver = factory.createResolver(target, listener, { clock, log: { ...silentLog, warn } });
  resolver.resolve();
  await settle();
}

const last = (): PlayedWatch => watches.at(-1) as PlayedWatch;
const created = (): Answer => ({ header: header(), created: true });

describe("a watch", () => {
  it("begins after the revision that was read, and follows what changes", async () => {
    await resolve();
    expect(found).toEqual(["10.0.0.1"]);
    expect(last().creation).toMatchObject({
      key: encodeKey("users/"),
      rangeEnd: encodeKey("users0"),
      startRevision: 6n,
      progressNotify: true,
    });
    await last().say(created());
    await last().say({ header: header(6n), events: [put("b", "10.0.0.2:1", 6n)] });
    await last().say({ header: header(7n), events: [gone("a", 7n)] });
    expect(found).toEqual(["10.0.0.1", "10.0.0.1,10.0.0.2", "10.0.0.2"]);
  });

  it("that comes in parts is told when it is whole", async () => {
    await resolve();
    await last().say(created());
    await last().say({ header: header(6n), fragment: true, events: [put("b", "10.0.0.2:1", 6n)] });
    expect(found).toEqual(["10.0.0.1"]);
    await last().say({ header: header(6n), events: [put("c", "10.0.0.3:1", 6n)] });
    expect(found.at(-1)).toBe("10.0.0.1,10.0.0.2,10.0.0.3");
  });

  it.each<[string, Answer[], bigint]>([
    [
      "after the last event, however far the store is",
      [{ revision: 50n, events: [put("b", "10.0.0.2:1", 6n)] }],
      7n,
    ],
    ["after what etcd says that it has told", [{ revision: 50n, events: [] }], 51n],
    ["where it was, had nothing come", [], 6n],
  ])("that breaks goes on %s", async (_what, answers, from) => {
    await resolve();
    await last().say(created());
    for (const { revision, events } of answers) {
      await last().say({ header: header(revision as bigint), events });
    }
    await last().say(new RpcError(Code.UNAVAILABLE, "no leader"));
    expect(warnings[0]).toMatch(
      /the endpoints known stay in use: etcd, keys "users\/": 127\.0\.0\.1:2379: no leader/,
    );
    expect(failures).toEqual([]);
    clock.advance(1000);
    await settle();
    expect([watches.length, ranges, last().creation.startRevision]).toEqual([2, 1, from]);
  });

  it.each<[string, () => Answer]>([
    ["the revisions after it were compacted away", () => ({ canceled: true, compactRevision: 9n })],
    ["the store is behind", () => ({ ...created(), header: header(3n) })],
    [
      "the cluster is another one",
      () => ({ ...created(), header: { revision: 9n, clusterId: 2n } }),
    ],
  ])("reads everything again when %s", async (_what, answer) => {
    await resolve();
    store = { ...store, revision: 3n, kvs: [kv("z", "10.0.0.9:1")] };
    await last().say(answer());
    expect([ranges, watches.length, found.at(-1)]).toEqual([2, 2, "10.0.0.9"]);
    expect(last().creation.startRevision).toBe(4n);
    expect(warnings).toEqual([]);
  });

  it("that is cancelled or ended is a failure", async () => {
    await resolve();
    await last().say({ canceled: true, cancelReason: "permission denied" });
    expect(warnings[0]).toMatch(/etcd has cancelled the watch: permission denied$/);
    clock.advance(1000);
    await settle();
    expect(watches.length).toBe(2);
  });

  it("that is never created is given up", async () => {
    await resolve();
    clock.advance(5000);
    await settle();
    expect(warnings[0]).toMatch(/127\.0\.0\.1:2379: nothing came for 5000 ms$/);
  });

  it("leaves out servers that cannot be read, until they can", async () => {
    await resolve({
      toEndpoint: ({ Addr }) =>
        Addr === "no:1" ? undefined : { addresses: [{ kind: "tcp", host: Addr, port: 1 }] },
    });
    await last().say(created());
    const broken = {
      type: Event_EventType.Put,
      kv: { key: encodeKey("users/a"), value: encodeKey("{"), modRevision: 6n },
    };
    await last().say({
      header: header(6n),
      events: [broken, put("b", "b", 6n), put("c", "no:1", 6n)],
    });
    expect([found.at(-1), warnings]).toEqual([
      "b",
      ["a server in etcd cannot be read and is left out: it is not JSON"],
    ]);
  });

  it("is ended by the channel's end", async () => {
    await resolve();
    await last().say(created());
    resolver?.close();
    await settle();
    expect(last().isOpen).toBe(false);
    expect(warnings).toEqual([]);
  });
});

it("what cannot be read fails the channel, and is tried again", async () => {
  fault = new RpcError(Code.PERMISSION_DENIED, "etcdserver: permission denied");
  await resolve();
  expect(failures).toEqual(['etcd, keys "users/": 127.0.0.1:2379: etcdserver: permission denied']);
  fault = undefined;
  clock.advance(1000);
  await settle();
  expect(found).toEqual(["10.0.0.1"]);
});

describe("a user", () => {
  const login = { username: "ada", password: "secret" };

  it("logs in once, and again when the token has expired", async () => {
    await resolve(login);
    expect([steps, tokens]).toEqual([["log in ada secret"], ["token-1"]]);
    await last().say(new RpcError(Code.UNAUTHENTICATED, "etcdserver: invalid auth token"));
    expect(steps.length).toBe(2);
    expect([watches.length, warnings, failures]).toEqual([2, [], []]);
  });

  it("whom etcd does not know is not asked for again and again", async () => {
    fault = new RpcError(Code.UNAUTHENTICATED, "etcdserver: invalid auth token");
    await resolve(login);
    expect([ranges, failures.length]).toEqual([2, 1]);
  });
});

describe("a registration", () => {
  async function register(): Promise<EtcdRegistration> {
    registration = await registerInEtcd({
      ...connection,
      service: "/users/",
      address: "10.0.0.1:1",
      metadata: { zone: "n" },
      backoff: { jitter: 0 },
      clock,
      log: { ...silentLog, warn: (message) => void warnings.push(message) },
    });
    steps.splice(0);
    return registration;
  }

  it("stands under a lease, which is renewed at a third of its time and revoked in the end", async () => {
    const starting = register();
    await settle();
    const made = await starting;
    expect(made.key).toBe("users/10.0.0.1:1");
    clock.advance(5000);
    await settle();
    await made.close();
    expect(steps).toEqual(["renew 7", "revoke 7"]);
  });

  it("is made anew when the lease is gone", async () => {
    const made = await register();
    ttl = 0n;
    clock.advance(5000);
    await settle();
    expect(steps).toEqual([
      "renew 7",
      "grant 15",
      'put users/10.0.0.1:1 {"Op":0,"Addr":"10.0.0.1:1","Metadata":{"zone":"n"}} 7',
    ]);
    expect(made.isRegistered).toBe(true);
    expect(warnings).toEqual(["the registry has forgotten the server: it is registered anew"]);
  });

  it("that cannot be renewed is tried again sooner", async () => {
    const made = await register();
    fault = new RpcError(Code.UNAVAILABLE, "no leader");
    clock.advance(5000);
    await settle();
    expect([made.isRegistered, steps]).toEqual([false, ["renew 7"]]);
    fault = undefined;
    clock.advance(1000);
    await settle();
    expect([made.isRegistered, steps]).toEqual([true, ["renew 7", "renew 7"]]);
  });
});
