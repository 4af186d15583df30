// Lists and watches against an API server that says what the script says, on a clock that the test moves.
import type { Endpoint } from "@trunkline/client";
import { MessagePipe } from "@trunkline/client";
import { silentLog } from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import { beforeEach, expect, it } from "vitest";
import type { HttpReply, HttpRequest } from "../http/http-port.js";
import { KubernetesSource } from "./slice-watch.js";

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Question {
  readonly request: HttpRequest;
  readonly query: URLSearchParams;
  /** Answers with a body. */
  answer(body: unknown, status?: number): Promise<void>;
  /** Answers with a watch, and returns how to go on. */
  watch(): { say(event: object): Promise<void>; end(error?: Error): Promise<void> };
}

let clock: FakeClock;
let questions: Question[];
let found: string[];
let confirmed: number;
let ending: AbortController;
let clients: { isClosed: boolean }[];
let source: KubernetesSource;

function ask(request: HttpRequest): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    request.signal.addEventListener("abort", () => reject(request.signal.reason));
    const reply = (status: number, text: string, lines: AsyncIterable<string>): HttpReply => ({
      status,
      header: () => undefined,
      text: async () => text,
      lines: () => lines,
    });
    questions.push({
      request,
      query: new URLSearchParams(request.path.split("?")[1]),
      answer(body, status = 200) {
        const text = typeof body === "string" ? body : JSON.stringify(body);
        resolve(reply(status, text, new MessagePipe()));
        return settle();
      },
      watch() {
        const lines = new Lines(request.signal);
        resolve(reply(200, "", lines));
        return {
          say: (event) => lines.push(JSON.stringify(event)),
          end: (error) => lines.end(error),
        };
      },
    });
  });
}

/** A body that the test writes line by line. */
class Lines implements AsyncIterable<string> {
  readonly #pipe = new MessagePipe<string>();
  #error: unknown;

  constructor(signal: AbortSignal) {
    signal.addEventListener("abort", () => void this.end(signal.reason as Error));
  }

  push(line: string): Promise<void> {
    this.#pipe.send(line).catch(() => {});
    return settle();
  }

  end(error?: Error): Promise<void> {
    this.#error = error;
    this.#pipe.closeSend();
    return settle();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<string> {
    yield* this.#pipe;
    if (this.#error !== undefined) throw this.#error;
  }
}

const slice = (name: string, version: string, ...hosts: string[]): object => ({
  metadata: { name, resourceVersion: version },
  addressType: "IPv4",
  ports: [{ name: "grpc", port: 1 }],
  endpoints: hosts.map((host) => ({ addresses: [host] })),
});

const list = (resourceVersion: string, ...items: object[]): object => ({
  metadata: { resourceVersion },
  items,
});

function run(anew = false): Promise<Error> {
  const session = {
    signal: ending.signal,
    clock,
    log: silentLog,
    found: (endpoints: readonly Endpoint[]) =>
      void found.push(endpoints.map(({ addresses: [a] }) => (a as { host: string }).host).join()),
    confirmed: () => {
      confirmed += 1;
    },
  };
  return source.run(session, anew).then(
    () => new Error("it has just ended"),
    (error: Error) => error,
  );
}

const last = (): Question => questions.at(-1)!;

beforeEach(() => {
  clock = new FakeClock();
  questions = [];
  found = [];
  confirmed = 0;
  clients = [];
  ending = new AbortController();
  source = new KubernetesSource({
    access: {
      server: "https://api:443",
      requestTimeoutMs: 1000,
      createClient: async () => {
        const client = { isClosed: false };
        clients.push(client);
        const close = (): void => {
          client.isClosed = true;
        };
        return { send: ask, close };
      },
      headers: async () => ({ authorization: "Bearer secret" }),
      namespace: async () => "shop",
    },
    target: { service: "users", namespace: undefined, port: { kind: "only" } },
    zone: undefined,
    watchMs: 60_000,
    random: () => 0,
  });
});

/** Lists one server and has the watch under way. */
async function begin(): Promise<ReturnType<Question["watch"]>> {
  void run();
  await settle();
  await last().answer(list("5", slice("s1", "4", "a")));
  const watch = last().watch();
  await settle();
  return watch;
}

it("lists, and watches from the list's version on", async () => {
  void run();
  await settle();
  expect(last().request.path.split("?")[0]).toBe(
    "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices",
  );
  expect(last().request.headers).toEqual({ authorization: "Bearer secret" });
  expect(Object.fromEntries(last().query)).toEqual({
    labelSelector: "kubernetes.io/service-name=users",
    limit: "500",
    resourceVersion: "0",
  });
  expect([last().request.holdsProcess, clock.holding]).toEqual([true, 1]);
  await last().answer(list("5", slice("s1", "4", "a")));
  expect(found).toEqual(["a"]);
  expect(Object.fromEntries(last().query)).toEqual({
    labelSelector: "kubernetes.io/service-name=users",
    watch: "1",
    allowWatchBookmarks: "true",
    resourceVersion: "5",
    timeoutSeconds: "30",
  });
  expect([last().request.holdsProcess, clock.holding]).toEqual([false, 0]);
  ending.abort();
});

it("lists page by page", async () => {
  void run();
  await settle();
  await last().answer({
    metadata: { resourceVersion: "5", continue: "more" },
    items: [slice("s1", "4", "a")],
  });
  expect(found).toEqual([]);
  expect(last().query.get("continue")).toBe("more");
  expect(last().query.has("resourceVersion")).toBe(false);
  await last().answer(list("5", slice("s2", "4", "b")));
  expect(found).toEqual(["a,b"]);
  ending.abort();
});

it("follows slices that come, change and go, and goes on where a watch has ended", async () => {
  const watch = await begin();
  await watch.say({ type: "ADDED", object: slice("s2", "6", "b") });
  await watch.say({ type: "MODIFIED", object: slice("s1", "7", "c") });
  await watch.say({ type: "DELETED", object: slice("s2", "8", "b") });
  expect(found).toEqual(["a", "a", "a,b", "b,c", "c"]);
  await watch.say({ type: "BOOKMARK", object: { metadata: { resourceVersion: "20" } } });
  expect(confirmed).toBe(1);
  clock.advance(30_000);
  await watch.end();
  expect([last().query.get("watch"), last().query.get("resourceVersion")]).toEqual(["1", "20"]);
  ending.abort();
});

it("a watch that ends at once is not asked for at once", async () => {
  const watch = await begin();
  const asked = questions.length;
  clock.advance(400);
  await watch.end();
  expect([questions.length, clock.pending]).toEqual([asked, [600]]);
  clock.advance(600);
  await settle();
  expect(questions.length).toBe(asked + 1);
  ending.abort();
});

it.each([
  [
    "an event says so",
    async (watch: ReturnType<Question["watch"]>) => {
      await watch.say({
        type: "ERROR",
        object: { code: 410, reason: "Expired", message: "too old" },
      });
    },
  ],
  [
    "the next watch is refused",
    async (watch: ReturnType<Question["watch"]>) => {
      await watch.end();
      await last().answer({ code: 410 }, 410);
      clock.advance(1000);
      await settle();
    },
  ],
])("lists again when the version is gone: %s", async (_what, happen) => {
  const watch = await begin();
  await watch.say({ type: "ADDED", object: slice("s2", "6", "b") });
  clock.advance(30_000);
  await happen(watch);
  expect(last().query.has("watch")).toBe(false);
  // What is in the memory of the API server may be older than what is known.
  expect(last().query.has("resourceVersion")).toBe(false);
  await last().answer(list("50", slice("s9", "49", "z")));
  expect(found.at(-1)).toBe("z");
  ending.abort();
});

it("a version that is gone right after the list is a failure", async () => {
  const running = run();
  await settle();
  await last().answer(list("5"));
  await last().answer({ code: 410 }, 410);
  expect((await running).message).toMatch(/too old for a watch$/);
});

it.each<[string, (watch: ReturnType<Question["watch"]>) => Promise<void>, RegExp]>([
  [
    "an error in the watch",
    (watch) => watch.say({ type: "ERROR", object: { code: 500, message: "etcd is slow" } }),
    /the watch has failed: etcd is slow$/,
  ],
  ["a watch that breaks off", (watch) => watch.end(new Error("cut in a line")), /cut in a line$/],
  ["an event of nothing", (watch) => watch.say({ type: "ADDED" }), /has no object$/],
])(
  "%s fails, naming server, namespace and service, and goes on from there",
  async (_what, happen, why) => {
    const running = run();
    await settle();
    await last().answer(list("5", slice("s1", "4", "a")));
    const watch = last().watch();
    await settle();
    await happen(watch);
    const error = await running;
    expect(error.message).toMatch(
      /^Kubernetes API https:\/\/api:443, namespace "shop", service "users": /,
    );
    expect(error.message).toMatch(why);
    void run();
    await settle();
    expect([last().query.get("watch"), last().query.get("resourceVersion")]).toEqual(["1", "5"]);
    // Connections are made anew, with the certificates of the moment.
    expect(clients).toEqual([{ isClosed: true }, { isClosed: false }]);
    ending.abort();
  },
);

it.each<[string, unknown, number, RegExp]>([
  ["a refusal", { message: "endpointslices is forbidden" }, 403, /HTTP status 403: .*is forbidden/],
  ["no JSON", "<html>", 200, /the list of slices is not JSON: "<html>"$/],
  ["no list", { items: 1 }, 200, /the list of slices has no items$/],
])("%s instead of a list fails", async (_what, body, status, why) => {
  const running = run();
  await settle();
  await last().answer(body, status);
  expect((await running).message).toMatch(why);
});

it("an API server that does not answer is given up, and so is a watch that outlives its time", async () => {
  const running = run();
  await settle();
  clock.advance(1000);
  expect((await running).message).toMatch(/nothing came for 1000 ms$/);
  const second = run();
  await settle();
  await last().answer(list("5"));
  last().watch();
  await settle();
  clock.advance(40_000);
  expect((await second).message).toMatch(/nothing came for 40000 ms$/);
});

it("read anew lists", async () => {
  await begin();
  ending.abort(new Error("it is read anew"));
  await settle();
  ending = new AbortController();
  void run(true);
  await settle();
  expect([last().query.has("watch"), last().query.has("resourceVersion")]).toEqual([false, false]);
  ending.abort();
});
