// The states of a channel as an iterable, waiting for READY, going idle, and resetting backoff, on a scripted channel.
import { Code, UsageError } from "@trunkline/core";
import { describe, expect, it } from "vitest";
import { failureOf } from "./rpc-failure.js";
import { ScriptedChannel, settle } from "./scripted-channel.js";

async function connected(bench: ScriptedChannel): Promise<void> {
  bench.resolve("a");
  bench.isHealed = true;
  await bench.channel.waitForReady();
}

describe("states", () => {
  it("begin with the present one, tell each change, and end after SHUTDOWN", async () => {
    const bench = new ScriptedChannel();
    const seen: string[] = [];
    const all = (async () => {
      for await (const state of bench.channel.states()) seen.push(state);
    })();
    await connected(bench);
    bench.open[0]!.sendGoaway();
    await settle();
    await bench.channel.close();
    await all;
    expect(seen).toEqual(["IDLE", "CONNECTING", "READY", "IDLE", "SHUTDOWN"]);
    const late: string[] = [];
    for await (const state of bench.channel.states()) late.push(state);
    expect(late).toEqual(["SHUTDOWN"]);
  });

  it("never lose the last one, however slowly they are read", async () => {
    const bench = new ScriptedChannel();
    await connected(bench);
    const states = bench.channel.states();
    for (let i = 0; i < 200; i++) {
      bench.open[0]!.sendGoaway();
      bench.channel.connect();
      await settle();
    }
    await bench.channel.close();
    const seen: string[] = [];
    for await (const state of states) seen.push(state);
    expect(seen.length).toBe(64);
    expect(seen.slice(-2)).toEqual(["READY", "SHUTDOWN"]);
  });

  it("leave nothing behind when the consumer leaves, or its signal is aborted", async () => {
    const bench = new ScriptedChannel();
    for await (const state of bench.channel.states()) {
      expect(state).toBe("IDLE");
      break;
    }
    const states = bench.channel.states();
    await states.next();
    const pending = states.next();
    await states.return!();
    expect([await pending, await states.next()]).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    const controller = new AbortController();
    const aborted = bench.channel.states({ signal: controller.signal });
    await aborted.next();
    const failing = failureOf(aborted.next());
    controller.abort();
    expect((await failing).code).toBe(Code.CANCELLED);
    expect(await aborted.next()).toEqual({ done: true, value: undefined });
    const already = bench.channel.states({ signal: AbortSignal.abort() });
    expect((await failureOf(already.next())).code).toBe(Code.CANCELLED);
    await bench.channel.close();
  });

  it("may be asked for several at once, each going to one", async () => {
    const bench = new ScriptedChannel();
    const states = bench.channel.states();
    const three = [states.next(), states.next(), states.next()];
    await connected(bench);
    const values = (await Promise.all(three)).map(({ value }) => value);
    expect(values).toEqual(["IDLE", "CONNECTING", "READY"]);
    await bench.channel.close();
  });
});

describe("getState", () => {
  it("connects when it is asked to", async () => {
    const bench = new ScriptedChannel();
    expect([bench.channel.getState(), bench.channel.getState()]).toEqual(["IDLE", "IDLE"]);
    expect(bench.channel.getState(true)).toBe("IDLE");
    expect(bench.channel.getState()).toBe("CONNECTING");
    bench.resolve("a");
    expect(bench.pendingAttempts.length).toBe(1);
    await bench.channel.close();
  });
});

describe("waitForReady", () => {
  it("connects, and resolves with READY; at once when it is", async () => {
    const bench = new ScriptedChannel();
    await connected(bench);
    await bench.channel.waitForReady({ timeoutMs: 0 });
    await bench.channel.close();
  });

  it("goes on after failures, and connects again when it finds itself IDLE", async () => {
    const bench = new ScriptedChannel({ backoff: { jitter: 0 } });
    bench.resolve("a");
    const ready = bench.channel.waitForReady({ timeoutMs: 60_000 });
    bench.attempts[0]!.fail();
    await settle();
    expect(bench.channel.state).toBe("TRANSIENT_FAILURE");
    bench.clock.advance(1000);
    await settle();
    bench.attempts[1]!.succeed();
    await ready;
    const transport = bench.open[0]!;
    transport.sendGoaway();
    expect(bench.channel.state).toBe("IDLE");
    const again = bench.channel.waitForReady();
    bench.attempts[2]!.succeed();
    await again;
    await bench.channel.close();
    expect(bench.clock.holding).toBe(0);
  });

  it("says why not: what it was waiting for, or what went wrong where", async () => {
    const bench = new ScriptedChannel({ backoff: { jitter: 0 } });
    const unresolved = failureOf(bench.channel.waitForReady({ timeoutMs: 100 }));
    bench.clock.advance(100);
    expect(await unresolved).toMatchObject({
      code: Code.DEADLINE_EXCEEDED,
      message:
        'the channel to "manual:users" was not READY within 100 ms: name resolution (target "manual:users", CONNECTING for 0.10 s)',
    });
    bench.resolve("a", "b");
    const connecting = failureOf(bench.channel.waitForReady({ timeoutMs: 100 }));
    bench.attempts[0]!.fail();
    await settle();
    bench.clock.advance(100);
    expect((await connecting).message).toMatch(
      /picked b:1 of 2, connecting for 0\.10 s, last error a:1: connect ECONNREFUSED.* \(target "manual:users", CONNECTING for 0\.20 s\)/,
    );
    const failing = failureOf(bench.channel.waitForReady({ timeoutMs: 1450 }));
    bench.attempts[1]!.fail();
    await settle();
    bench.clock.advance(900);
    bench.attempts[2]!.fail();
    await settle();
    bench.clock.advance(550);
    expect((await failing).message).toMatch(
      /no connection to "manual:users": TRANSIENT_FAILURE for 1\.45 s, .*a:1: connect ECONNREFUSED \(attempt \d\); b:1: connect ECONNREFUSED.*; (next attempt in|connecting again)/,
    );
    await bench.channel.close();
  });

  it("ends with the channel and with its signal", async () => {
    const bench = new ScriptedChannel();
    const controller = new AbortController();
    const aborted = failureOf(bench.channel.waitForReady({ signal: controller.signal }));
    controller.abort(new Error("enough"));
    expect(await aborted).toMatchObject({ code: Code.CANCELLED });
    const waiting = failureOf(bench.channel.waitForReady({ timeoutMs: 1000 }));
    await bench.channel.close();
    expect(await waiting).toMatchObject({
      code: Code.CANCELLED,
      message: 'the channel to "manual:users" was closed',
    });
    expect((await failureOf(bench.channel.waitForReady())).code).toBe(Code.CANCELLED);
    expect(bench.clock.pending).toEqual([]);
  });

  it.each([{ timeoutMs: -1 }, { timeoutMs: Number.NaN }, { timeoutMs: "5" }, { signal: {} }])(
    "refuses %o",
    async (options) => {
      const bench = new ScriptedChannel();
      expect(() => bench.channel.waitForReady(options as never)).toThrow(UsageError);
    },
  );
});

describe("resetBackoff", () => {
  it("ends the waits of connections and of the resolver", async () => {
    const bench = new ScriptedChannel({ backoff: { jitter: 0 } });
    const ready = bench.channel.waitForReady();
    bench.resolver.fail(new Error("ENOTFOUND"));
    await settle();
    expect([bench.channel.state, bench.resolver.requests]).toEqual(["TRANSIENT_FAILURE", 1]);
    bench.channel.resetBackoff();
    expect(bench.resolver.requests).toBe(2);
    bench.resolve("a");
    for (let i = 0; i < 3; i++) {
      bench.attempts[i]!.fail();
      await settle();
      expect(bench.attempts.length).toBe(i + 1);
      bench.channel.resetBackoff();
      await settle();
      expect(bench.attempts.length).toBe(i + 2);
    }
    bench.attempts[3]!.succeed();
    await ready;
    bench.channel.resetBackoff();
    expect(bench.channel.state).toBe("READY");
    await bench.channel.close();
  });
});

describe("an idle channel", () => {
  const idleTimeoutMs = 60_000;

  it("lets go of connections, policy and resolver, and comes back with the next call", async () => {
    const bench = new ScriptedChannel({ idleTimeoutMs });
    await connected(bench);
    const call = bench.client.unary({});
    bench.clock.advance(59_999);
    bench.open[0]!.finish([...bench.open[0]!.calls][0]!);
    await call;
    bench.clock.advance(59_999);
    expect(bench.channel.state).toBe("READY");
    bench.clock.advance(1);
    expect([bench.channel.state, bench.open.length, bench.pool.size]).toEqual(["IDLE", 0, 0]);
    expect(bench.channel.connections()).toEqual([]);
    bench.clock.advance(3_600_000);
    expect(bench.clock.pending).toEqual([]);
    const requests = bench.resolver.requests;
    const again = bench.client.unary({});
    await settle();
    expect(bench.resolver.requests).toBe(requests + 1);
    bench.open[0]!.finish([...bench.open[0]!.calls][0]!);
    await expect(again).resolves.toMatchObject({ text: "hello" });
    await bench.channel.close();
  });

  it("is none while a call is under way or waits", async () => {
    const bench = new ScriptedChannel({ idleTimeoutMs });
    await connected(bench);
    const call = bench.client.unary({});
    bench.clock.advance(1_000_000);
    expect(bench.channel.state).toBe("READY");
    bench.open[0]!.finish([...bench.open[0]!.calls][0]!);
    await call;
    await bench.channel.close();
  });

  it("goes idle from any state, with all policies", async () => {
    const serviceConfig = { loadBalancingConfig: [{ round_robin: {} }] };
    const bench = new ScriptedChannel({ idleTimeoutMs, serviceConfig });
    bench.resolve("a", "b");
    bench.channel.connect();
    bench.attempts[0]!.fail();
    bench.attempts[1]!.fail();
    await settle();
    expect(bench.channel.state).toBe("TRANSIENT_FAILURE");
    bench.clock.advance(60_000);
    await settle();
    expect([bench.channel.state, bench.pendingAttempts.length]).toEqual(["IDLE", 0]);
    expect(bench.clock.pending).toEqual([]);
    await connected(bench);
    await bench.channel.close();
  });

  it.each([0, Infinity])("may be unwanted: %d", async (never) => {
    const bench = new ScriptedChannel({ idleTimeoutMs: never });
    await connected(bench);
    bench.clock.advance(1e12);
    expect(bench.channel.state).toBe("READY");
    expect(bench.clock.pending).toEqual([]);
    await bench.channel.close();
  });
});
