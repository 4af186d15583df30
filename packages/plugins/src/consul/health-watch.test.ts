// Blocking queries against an agent that answers what the script says, on a clock that the test moves.
import type { Endpoint } from "@trunkline/client";
import { silentLog } from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import { beforeEach, expect, it } from "vitest";
import type { HttpReply, HttpRequest } from "../http/http-port.js";
import { parseConsulTarget } from "./consul-target.js";
import { ConsulSource } from "./health-watch.js";

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const entry = (Port: number): object => ({ Node: { Address: "10.0.0.1" }, Service: { Port } });

interface Question {
  readonly request: HttpRequest;
  readonly query: URLSearchParams;
  answer(body: unknown, index?: string, status?: number): Promise<void>;
}

let clock: FakeClock;
let questions: Question[];
let found: number[][];
let ending: AbortController;
let source: ConsulSource;

/** Takes a request, to be answered later. */
function ask(request: HttpRequest): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    request.signal.addEventListener("abort", () => reject(request.signal.reason));
    questions.push({
      request,
      query: new URLSearchParams(request.path.split("?")[1]),
      answer(body, index, status = 200) {
        const text = typeof body === "string" ? body : JSON.stringify(body);
        resolve({
          status,
          header: (name) => (name === "x-consul-index" ? index : undefined),
          text: async () => text,
          lines: () => {
            throw new Error("nobody reads lines");
          },
        });
        return settle();
      },
    });
  });
}

function create(endpoint: string): ConsulSource {
  const target = parseConsulTarget({
    text: `consul:${endpoint}`,
    scheme: "consul",
    authority: "",
    endpoint,
  });
  const agent = {
    address: "agent:8500",
    requestTimeoutMs: 1000,
    createClient: () => ({ send: ask, close: () => {} }),
    headers: async () => ({ "x-consul-token": "secret" }),
  };
  return new ConsulSource({ agent, target, waitMs: 16_000, minIntervalMs: 100, random: () => 0.5 });
}

function run(anew = false): Promise<Error> {
  const session = {
    signal: ending.signal,
    clock,
    log: silentLog,
    found: (endpoints: readonly Endpoint[]) =>
      void found.push(endpoints.map(({ addresses: [a] }) => (a as { port: number }).port)),
    confirmed: () => {},
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
  ending = new AbortController();
  source = create("users?tag=a&tag=b&dc=dc1");
});

it("asks at once, then until there is news, with pauses", async () => {
  void run();
  await settle();
  expect(last().request.path).toBe("/v1/health/service/users?tag=a&tag=b&dc=dc1&passing=1");
  expect(last().request.headers).toEqual({ "x-consul-token": "secret" });
  expect([last().request.holdsProcess, clock.holding]).toEqual([true, 1]);
  await last().answer([entry(2), entry(1)], "7");
  // The order means nothing without `near`.
  expect(found).toEqual([[1, 2]]);
  expect(clock.pending).toEqual([150]);
  clock.advance(150);
  await settle();
  expect([last().query.get("index"), last().query.get("wait")]).toEqual(["7", "16000ms"]);
  expect([last().request.holdsProcess, clock.holding]).toEqual([false, 0]);
  // 16 s, a sixteenth of it that an agent may add, and the limit of any request.
  expect(clock.pending).toEqual([18_000]);
  await last().answer([entry(3)], "9");
  clock.advance(150);
  await settle();
  expect(last().query.get("index")).toBe("9");
  ending.abort();
});

it("keeps the agent's order where it sorts by distance", async () => {
  source = create("users?near=_agent");
  void run();
  await settle();
  await last().answer([entry(2), entry(1)], "7");
  expect(found).toEqual([[2, 1]]);
  ending.abort();
});

it.each([
  ["goes back", "6"],
  ["is 0", "0"],
  ["is missing", undefined],
  ["is no number", "x"],
])("an index that %s starts all over", async (_what, index) => {
  void run();
  await settle();
  await last().answer([], "7");
  clock.advance(150);
  await settle();
  await last().answer([entry(1)], index);
  clock.advance(150);
  await settle();
  expect(last().query.has("index")).toBe(false);
  expect(found).toEqual([[], [1]]);
  ending.abort();
});

it.each<[string, unknown, number, RegExp]>([
  [
    "an error",
    "rpc error: No cluster leader",
    500,
    /HTTP status 500: rpc error: No cluster leader$/,
  ],
  ["a refusal", "Permission denied", 403, /HTTP status 403: Permission denied$/],
  ["no JSON", "<html>", 200, /the answer is not JSON: "<html>"$/],
  ["no list", {}, 200, /the answer is no list$/],
])(
  "%s fails, naming agent and service, and the next question does not wait",
  async (_what, body, status, why) => {
    const running = run();
    await settle();
    await last().answer([], "7");
    clock.advance(150);
    await settle();
    await last().answer(body, "8", status);
    const error = await running;
    expect(error.message).toMatch(/^Consul agent:8500, service "users": /);
    expect(error.message).toMatch(why);
    void run();
    await settle();
    expect(last().query.has("index")).toBe(false);
    ending.abort();
  },
);

it("an agent that does not answer is given up", async () => {
  const running = run();
  await settle();
  clock.advance(1000);
  expect((await running).message).toMatch(/nothing came for 1000 ms$/);
});

it("read anew does not wait", async () => {
  void run();
  await settle();
  await last().answer([], "7");
  ending.abort(new Error("it is read anew"));
  await settle();
  ending = new AbortController();
  void run(true);
  await settle();
  expect(last().query.has("index")).toBe(false);
  ending.abort();
});
