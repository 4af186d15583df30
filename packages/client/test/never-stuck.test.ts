// Whatever happens to a channel: calls end by their deadline, it can be READY again, and nothing is left after its end.
import { Code, RpcError } from "@trunkline/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { ChannelSettings } from "../src/channel/channel-options.js";
import { ScriptedChannel, settle } from "./scripted-channel.js";

type Step =
  | { readonly kind: "call"; readonly timeoutMs: number; readonly waitForReady: boolean }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "update"; readonly hosts: readonly string[] }
  | { readonly kind: Plain; readonly which: number };
type Plain = (typeof plain)[number];

const plain = [
  "succeed",
  "succeed",
  "fail",
  "goaway",
  "lose",
  "finish",
  "reset",
  "connect",
  "resolutionFails",
  "grow",
] as const;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("call" as const),
      timeoutMs: fc.integer({ min: 1, max: 40_000 }),
      waitForReady: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(1, 250, 1500, 20_000, 130_000, 1_900_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("update" as const),
      hosts: fc.subarray(["a", "b", "c"]),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constantFrom(...plain), which: fc.nat(5) }),
  },
);

const settings: fc.Arbitrary<ChannelSettings> = fc.record({
  serviceConfig: fc.constantFrom(
    {},
    { loadBalancingConfig: [{ round_robin: {} }] },
    { loadBalancingConfig: [{ least_request_experimental: {} }] },
    { loadBalancingConfig: [{ ring_hash_experimental: {} }] },
    { loadBalancingConfig: [{ weighted_round_robin: {} }] },
  ),
  maxConnectionsPerSubchannel: fc.constantFrom(1, 2, 3),
  maxQueuedCalls: fc.constantFrom(2, 1000),
});

class Run {
  readonly bench: ScriptedChannel;
  /** The deadlines of the calls that have not ended. */
  readonly deadlines = new Map<number, number>();
  #calls = 0;

  get unsettled(): number {
    return this.deadlines.size;
  }

  constructor(options: ChannelSettings) {
    this.bench = new ScriptedChannel(options);
    this.bench.resolve("a", "b");
  }

  call(timeoutMs: number, waitForReady: boolean): void {
    this.#calls += 1;
    const id = this.#calls;
    this.deadlines.set(id, this.bench.clock.now() + timeoutMs);
    const ended = (): boolean => this.deadlines.delete(id);
    this.bench.client.unary({}, { timeoutMs, waitForReady }).then(ended, ended);
  }

  async take(one: Step): Promise<void> {
    const { bench } = this;
    if (one.kind === "call") this.call(one.timeoutMs, one.waitForReady);
    else if (one.kind === "wait") bench.clock.advance(one.ms);
    else if (one.kind === "update") bench.resolve(...one.hosts);
    else this.#takePlain(one.kind, one.which);
    await settle();
    const late = [...this.deadlines.values()].filter((ms) => ms < bench.clock.now() - 1);
    expect(late).toEqual([]);
  }

  #takePlain(kind: Plain, which: number): void {
    const { bench } = this;
    const attempt = bench.pendingAttempts[which % (bench.pendingAttempts.length || 1)];
    const transport = bench.open[which % (bench.open.length || 1)];
    const lost = new RpcError(Code.UNAVAILABLE, "ECONNRESET");
    if (kind === "succeed") attempt?.succeed();
    if (kind === "fail") attempt?.fail();
    if (kind === "goaway") transport?.sendGoaway();
    if (kind === "lose") transport?.lose(lost);
    if (kind === "reset") bench.channel.resetBackoff();
    if (kind === "connect") bench.channel.connect();
    if (kind === "resolutionFails") bench.resolver.fail(new Error("ENOTFOUND"));
    if (kind === "grow" && transport !== undefined) transport.maxConcurrentCalls += 1;
    if (kind === "finish" && transport !== undefined) {
      const [call] = transport.calls;
      if (call !== undefined) transport.finish(call);
    }
  }

  /** The network works again, and every server answers. */
  async heal(): Promise<void> {
    const { bench } = this;
    bench.isHealed = true;
    for (const attempt of bench.pendingAttempts) attempt.succeed();
    bench.resolve("a", "b");
    for (let i = 0; i < 60 && (this.unsettled > 0 || i < 2); i++) {
      bench.clock.advance(5000);
      await settle();
    }
  }
}

it("is never stuck", async () => {
  await fc.assert(
    fc.asyncProperty(settings, fc.array(step, { maxLength: 40 }), async (options, steps) => {
      const run = new Run(options);
      const { bench } = run;
      for (const one of steps) {
        await run.take(one);
      }
      await run.heal();
      expect(run.unsettled).toBe(0);
      // Everybody who wants it gets through now, at once or after one backoff at the most.
      let isReady = false;
      const ready = bench.channel.waitForReady({ timeoutMs: 200_000 }).then(() => {
        isReady = true;
      });
      for (let i = 0; i < 40 && !isReady; i++) {
        await settle();
        bench.clock.advance(isReady ? 0 : 5000);
      }
      await ready;
      run.call(1000, false);
      await settle();
      for (const transport of bench.open) {
        for (const call of transport.calls) transport.finish(call);
      }
      await settle();
      expect(run.unsettled).toBe(0);
      expect(bench.channel.stats()).toMatchObject({ activeCalls: 0, waitingCalls: 0 });
      await bench.channel.close();
      await settle();
      expect(bench.channel.state).toBe("SHUTDOWN");
      // The wheel of deadlines lets go of its timer when that fires.
      bench.clock.advance(1001);
      expect([bench.clock.pending, bench.pool.size, bench.pendingAttempts.length]).toEqual([
        [],
        0,
        0,
      ]);
      expect(bench.transports.every((transport) => transport.isClosed)).toBe(true);
    }),
    { numRuns: 300 },
  );
}, 60_000);
