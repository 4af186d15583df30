// Registrations in a registry that the test plays, on a clock that the test moves.
import { type LogFields, silentLog } from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import { beforeEach, expect, it } from "vitest";
import { keepRegistered, type Registrar, type Registration } from "./registration.js";

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class PlayedRegistry implements Registrar {
  readonly name = "the entry";
  readonly stepMs = 500;
  readonly renewMs = 3000;
  readonly steps: string[] = [];
  failure: Error | undefined;
  knows = true;
  hangs = false;

  register = (signal: AbortSignal): Promise<void> => this.#step("register", signal);
  deregister = (signal: AbortSignal): Promise<void> => this.#step("deregister", signal);

  async renew(signal: AbortSignal): Promise<boolean> {
    await this.#step("renew", signal);
    return this.knows;
  }

  close(): void {
    this.steps.push("close");
  }

  async #step(name: string, signal: AbortSignal): Promise<void> {
    this.steps.push(name);
    if (this.failure !== undefined) throw this.failure;
    if (!this.hangs) return;
    await new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  }
}

let clock: FakeClock;
let registry: PlayedRegistry;
let warnings: string[];

beforeEach(() => {
  clock = new FakeClock();
  registry = new PlayedRegistry();
  warnings = [];
});

function start(): Promise<Registration> {
  const warn = (message: string, fields: LogFields = {}): void => {
    warnings.push(`${message}${fields.error === undefined ? "" : `: ${fields.error}`}`);
  };
  return keepRegistered(registry, {
    clock,
    log: { ...silentLog, warn },
    backoff: { jitter: 0 },
  });
}

async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  await settle();
}

it("renews in time, holds no process, and ends", async () => {
  const registration = await start();
  expect(registration.isRegistered).toBe(true);
  expect([clock.pending, clock.holding]).toEqual([[3000], 0]);
  await pass(3000);
  await pass(3000);
  await registration.close();
  await registration[Symbol.asyncDispose]();
  expect(registry.steps).toEqual(["register", "renew", "renew", "deregister", "close"]);
  expect([registration.isRegistered, clock.pending, warnings]).toEqual([false, [], []]);
});

it("rejects when the first attempt fails, with the reason", async () => {
  registry.failure = new Error("no route");
  await expect(start()).rejects.toThrow("the entry cannot be registered: no route");
  expect(registry.steps).toEqual(["register", "close"]);
  expect(clock.pending).toEqual([]);
});

it("rejects when the first attempt takes too long", async () => {
  registry.hangs = true;
  const starting = start();
  starting.catch(() => {});
  expect(clock.holding).toBe(1);
  await pass(500);
  await expect(starting).rejects.toThrow("nothing came for 500 ms");
});

it("tries again after failures, and says when it is forgotten", async () => {
  const registration = await start();
  registry.failure = new Error("no route");
  await pass(3000);
  expect([registration.isRegistered, clock.pending]).toEqual([false, [1000]]);
  await pass(1000);
  expect(clock.pending).toEqual([1600]);
  registry.failure = undefined;
  registry.knows = false;
  await pass(1600);
  expect([registration.isRegistered, clock.pending]).toEqual([true, [3000]]);
  expect(warnings).toEqual([
    "the registration cannot be renewed: no route",
    "the registry has forgotten the server: it is registered anew",
  ]);
  expect(registry.steps).toEqual(["register", "renew", "renew", "renew", "register"]);
  await registration.close();
});

it("that cannot be taken back is left to expire", async () => {
  const registration = await start();
  registry.failure = new Error("no route");
  await registration.close();
  expect(warnings).toEqual([
    "the registration cannot be taken back: it stays until it expires: no route",
  ]);
});

it("that is closed during a renewal ends it", async () => {
  const registration = await start();
  registry.hangs = true;
  await pass(3000);
  const closing = registration.close();
  await settle();
  registry.hangs = false;
  await pass(500);
  await closing;
  expect(registry.steps).toEqual(["register", "renew", "deregister", "close"]);
});
