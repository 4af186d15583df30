// A resolver over a source that does what the script says, on a clock that the test moves.
import type { Endpoint, Resolution } from "@trunkline/client";
import { silentLog } from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import { beforeEach, expect, it } from "vitest";
import { WatchingResolver, type WatchSession, type WatchSource } from "./watching-resolver.js";

const endpoint = (host: string): Endpoint => ({ addresses: [{ kind: "tcp", host, port: 1 }] });
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Each run waits until the test says how it goes on. */
class ScriptedSource implements WatchSource {
  readonly name = "the registry";
  readonly runs: { session: WatchSession; anew: boolean; fail: (error: unknown) => void }[] = [];
  isClosed = false;

  run(session: WatchSession, anew: boolean): Promise<void> {
    return new Promise((_resolve, reject) => {
      this.runs.push({ session, anew, fail: reject });
      session.signal.addEventListener("abort", () => reject(session.signal.reason));
    });
  }

  close(): void {
    this.isClosed = true;
  }

  get last(): (typeof this.runs)[number] {
    return this.runs.at(-1)!;
  }
}

let clock: FakeClock;
let source: ScriptedSource;
let heard: (string | Error)[];
let logged: string[];
let resolver: WatchingResolver;

beforeEach(() => {
  clock = new FakeClock();
  source = new ScriptedSource();
  heard = [];
  logged = [];
  const note = (level: string) => (message: string) => void logged.push(`${level}: ${message}`);
  const log = { ...silentLog, debug: note("debug"), info: note("info"), warn: note("warn") };
  const listener = {
    resolved: ({ endpoints }: Resolution) =>
      void heard.push(endpoints.map(({ addresses: [a] }) => (a as { host: string }).host).join()),
    failed: (error: Error) => void heard.push(error),
  };
  resolver = new WatchingResolver(source, listener, { clock, log }, { jitter: 0 });
});

it("does nothing before it is asked, and then reads once", async () => {
  await settle();
  expect(source.runs).toEqual([]);
  resolver.resolve();
  resolver.resolve();
  await settle();
  expect(source.runs.length).toBe(1);
  expect(source.last.anew).toBe(false);
});

it("tells what changes, and nothing twice", () => {
  resolver.resolve();
  const { session } = source.last;
  session.found([endpoint("a")]);
  session.found([endpoint("a")]);
  session.found([endpoint("a"), endpoint("b")]);
  session.found([]);
  expect(heard).toEqual(["a", "a,b", ""]);
});

it("fails while there is nothing, and tries again after waits that grow", async () => {
  resolver.resolve();
  for (const waitMs of [1000, 1600, 2560]) {
    const runs = source.runs.length;
    source.last.fail(new Error("no route"));
    await settle();
    expect(clock.pending).toEqual([waitMs]);
    clock.advance(waitMs);
    await settle();
    expect(source.runs.length).toBe(runs + 1);
  }
  expect(heard.map(String)).toEqual(Array(3).fill("Error: no route"));
  expect(logged).toEqual([
    "warn: the registry of services fails",
    "debug: the registry of services still fails",
    "debug: the registry of services still fails",
  ]);
  source.last.session.found([endpoint("a")]);
  expect(logged.at(-1)).toBe("info: the registry of services answers again");
});

it("keeps quiet about failures once something is known, and says so in the log", async () => {
  resolver.resolve();
  source.last.session.found([endpoint("a")]);
  source.last.fail(new Error("gone"));
  await settle();
  expect(heard).toEqual(["a"]);
  expect(logged).toEqual(["warn: the registry of services fails: the endpoints known stay in use"]);
  clock.advance(1000);
  await settle();
  expect(source.runs.length).toBe(2);
  source.last.session.confirmed();
  expect(logged.at(-1)).toBe("info: the registry of services answers again");
  // What has worked starts with the shortest wait again.
  source.last.fail(new Error("gone"));
  await settle();
  expect(clock.pending).toEqual([1000]);
});

it("that is asked while it waits does not wait longer", async () => {
  resolver.resolve();
  source.last.fail(new Error("gone"));
  await settle();
  resolver.resolve();
  await settle();
  expect(source.runs.length).toBe(2);
  expect(clock.pending).toEqual([]);
});

it("reads anew when it is asked and has heard nothing for half a minute", async () => {
  resolver.resolve();
  source.last.session.found([endpoint("a")]);
  clock.advance(30_000);
  resolver.resolve();
  await settle();
  expect(source.runs.length).toBe(1);
  clock.advance(1);
  resolver.resolve();
  await settle();
  expect(source.runs.length).toBe(2);
  expect(source.last.anew).toBe(true);
  expect(logged).toEqual([]);
  // Nobody listens to the session before.
  source.runs[0]!.session.found([endpoint("b")]);
  expect(heard).toEqual(["a"]);
});

it("that is closed hears and does no more", async () => {
  resolver.resolve();
  resolver.close();
  await settle();
  source.last.session.found([endpoint("a")]);
  resolver.resolve();
  await settle();
  expect([source.runs.length, source.isClosed, heard, logged]).toEqual([1, true, [], []]);
  expect(clock.pending).toEqual([]);
});

it("that is closed while it waits does not wait on", async () => {
  resolver.resolve();
  source.last.fail("a text");
  await settle();
  resolver.close();
  await settle();
  expect([source.runs.length, clock.pending, heard.map(String)]).toEqual([
    1,
    [],
    ["Error: a text"],
  ]);
});
