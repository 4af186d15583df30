// More connections to one address when all streams are taken (gRFC A105), on a scripted channel.
import { Code } from "@trunkline/core";
import { describe, expect, it } from "vitest";
import type { ChannelSettings } from "../src/channel/channel-options.js";
import { failureOf } from "./rpc-failure.js";
import { ScriptedChannel, type ScriptedTransport, settle } from "./scripted-channel.js";

const scaling = (most: number): ChannelSettings => ({
  backoff: { jitter: 0 },
  serviceConfig: { connectionScaling: { maxConnectionsPerSubchannel: most } },
});

/** READY with one connection of two streams. */
async function start(settings: ChannelSettings): Promise<ScriptedChannel> {
  const bench = new ScriptedChannel(settings);
  bench.resolve("a");
  const ready = bench.channel.waitForReady();
  bench.attempts[0]!.succeed();
  await ready;
  return bench;
}

/** So many calls, and what they became. */
function callTimes(bench: ScriptedChannel, count: number): string[] {
  const ended: string[] = [];
  for (let i = 0; i < count; i++) {
    bench.client.unary({}, { timeoutMs: 50_000 }).then(
      () => ended.push(`${i} ok`),
      (error) => ended.push(`${i} ${error.code}`),
    );
  }
  return ended;
}

const sizes = (bench: ScriptedChannel): number[] => bench.transports.map(({ calls }) => calls.size);
const finishOne = (transport: ScriptedTransport): void =>
  transport.finish([...transport.calls][0]!);

describe("connection scaling", () => {
  it("is off unless it is asked for: calls wait in order for a stream", async () => {
    const bench = await start({});
    const ended = callTimes(bench, 4);
    expect([sizes(bench), bench.attempts.length]).toEqual([[2], 1]);
    expect(bench.channel.stats()).toMatchObject({
      activeCalls: 4,
      waitingCalls: 2,
      waitingForStream: 2,
      connections: 1,
    });
    finishOne(bench.open[0]!);
    await settle();
    expect([ended, sizes(bench)]).toEqual([["0 ok"], [2]]);
    expect(bench.channel.stats()).toMatchObject({ waitingForStream: 1 });
    const error = failureOf(bench.client.unary({}, { timeoutMs: 100 }));
    bench.clock.advance(100);
    expect((await error).message).toContain(
      "while waiting for a free stream: a:1 allows 2 concurrent calls (target",
    );
    await bench.channel.close();
    await settle();
    expect(ended.sort()).toEqual(["0 ok", "1 1", "2 1", "3 1"]);
  });

  it("opens one more at a time, up to the limit, and fills the oldest first", async () => {
    const bench = await start(scaling(3));
    callTimes(bench, 9);
    expect(bench.attempts.length).toBe(2);
    bench.attempts[1]!.succeed();
    await settle();
    expect([sizes(bench), bench.attempts.length]).toEqual([[2, 2], 3]);
    bench.attempts[2]!.succeed();
    await settle();
    expect([sizes(bench), bench.attempts.length]).toEqual([[2, 2, 2], 3]);
    expect(bench.channel.stats()).toMatchObject({ waitingForStream: 3, connections: 3 });
    const error = failureOf(bench.client.unary({}, { timeoutMs: 100 }));
    bench.clock.advance(100);
    expect((await error).message).toContain(
      "a free stream: a:1 allows 6 concurrent calls on 3 connections, at most 3 connections are opened (target",
    );
    for (let i = 0; i < 3; i++) finishOne(bench.open[2]!);
    expect(sizes(bench)).toEqual([2, 2, 2]);
    for (const transport of bench.open) while (transport.calls.size > 0) finishOne(transport);
    // No connection is closed because it is not needed any more.
    expect(bench.open.length).toBe(3);
    callTimes(bench, 3);
    expect(sizes(bench)).toEqual([2, 1, 0]);
    await bench.channel.close();
  });

  it("backs off after an attempt that failed, and stays READY meanwhile", async () => {
    const bench = await start(scaling(2));
    callTimes(bench, 3);
    bench.attempts[1]!.fail();
    await settle();
    expect([bench.channel.state, bench.attempts.length]).toEqual(["READY", 2]);
    expect(bench.channel.stats().failedAttempts).toBe(1);
    callTimes(bench, 1);
    expect(bench.attempts.length).toBe(2);
    bench.clock.advance(1000);
    expect(bench.attempts.length).toBe(3);
    bench.attempts[2]!.fail();
    await settle();
    bench.channel.resetBackoff();
    expect(bench.attempts.length).toBe(4);
    bench.attempts[3]!.succeed();
    await settle();
    expect(sizes(bench)).toEqual([2, 2]);
    await bench.channel.close();
  });

  it("replaces a connection that was lost while calls wait, and stays READY with the others", async () => {
    const bench = await start(scaling(2));
    callTimes(bench, 5);
    bench.attempts[1]!.succeed();
    await settle();
    bench.transports[0]!.sendGoaway();
    expect([bench.channel.state, bench.attempts.length]).toEqual(["READY", 3]);
    bench.attempts[2]!.succeed();
    await settle();
    expect(sizes(bench)).toEqual([2, 2, 1]);
    expect(bench.channel.stats()).toMatchObject({ connectionsLost: 1, connections: 3 });
    await bench.channel.close();
  });

  it("goes on with the attempt under way when the last connection is lost", async () => {
    const bench = await start(scaling(2));
    const ended = callTimes(bench, 3);
    bench.transports[0]!.sendGoaway();
    await settle();
    expect([bench.channel.state, bench.pendingAttempts.length]).toEqual(["CONNECTING", 1]);
    bench.attempts.at(-1)!.succeed();
    await settle();
    expect([bench.channel.state, sizes(bench)]).toEqual(["READY", [2, 1]]);
    finishOne(bench.transports[1]!);
    await settle();
    expect(ended).toEqual(["2 ok"]);
    await bench.channel.close();
  });

  it("fails waiting calls like others when the last connection is lost during the backoff", async () => {
    const bench = await start(scaling(2));
    const ended = callTimes(bench, 3);
    bench.attempts[1]!.fail();
    await settle();
    bench.transports[0]!.sendGoaway();
    await settle();
    expect(bench.channel.state).toBe("TRANSIENT_FAILURE");
    expect(ended).toEqual([`2 ${Code.UNAVAILABLE}`]);
    await bench.channel.close();
  });

  it.each([
    [{}, 2, 2],
    [{}, 50, 10],
    [{ maxConnectionsPerSubchannel: 3 }, 50, 3],
    [{ maxConnectionsPerSubchannel: 12 }, 50, 12],
    [{ maxConnectionsPerSubchannel: 3 }, 2, 2],
    [{ maxConnectionsPerSubchannel: 3 }, undefined, 3],
  ])("with options %o and %d in the service config allows %d", async (options, asked, expected) => {
    const config = asked === undefined ? {} : scaling(asked);
    const bench = await start({ ...config, ...options });
    bench.isHealed = true;
    callTimes(bench, 40);
    await settle();
    await settle();
    await settle();
    expect(bench.open.length).toBe(expected);
    await bench.channel.close();
  });

  it("follows a new service config without giving up connections", async () => {
    const bench = await start({});
    bench.isHealed = true;
    callTimes(bench, 4);
    expect(bench.attempts.length).toBe(1);
    const endpoints = [{ addresses: [{ kind: "tcp", host: "a", port: 1 } as const] }];
    const update = (most: number): void =>
      bench.resolver.update({
        endpoints,
        serviceConfig: { connectionScaling: { maxConnectionsPerSubchannel: most } },
      });
    update(2);
    await settle();
    expect(sizes(bench)).toEqual([2, 2]);
    update(1);
    await settle();
    expect(bench.open.length).toBe(2);
    await bench.channel.close();
  });

  it.each([0, 1.5, "2", Number.NaN])("refuses %o connections", (most) => {
    expect(() => new ScriptedChannel({ maxConnectionsPerSubchannel: most as never })).toThrow(
      /option maxConnectionsPerSubchannel is .*; it must be a whole number, 1 or more/,
    );
  });
});
