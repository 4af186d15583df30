// Keepalive on both sides, PINGs that measure, and what they are a fence for.
import { describe, expect, test } from "vitest";
import type { Role } from "../../contract.js";
import { formatData } from "../../frame/data.js";
import { formatPing } from "../../frame/ping.js";
import { formatRstStream } from "../../frame/rst-stream.js";
import { formatSettings } from "../../frame/settings.js";
import { requestFields, ScriptedPeer } from "../../testing/scripted-peer.js";
import type { ConnectionLimits } from "../limits.js";

const request = { fields: requestFields };
const ok = [":status", "200"];
const ownPing = (n: number): Uint8Array => Uint8Array.of(84, 82, 78, 75, 0, 0, 0, n);
const pong = (n: number): Uint8Array => formatPing(ownPing(n), true);
const shown = (n: number): string => `PING ${ownPing(n).join(" ")}`;

function calling(limits: Partial<ConnectionLimits>): ScriptedPeer {
  const peer = new ScriptedPeer("client", { limits }).greet();
  peer.connection.openStream(
    request,
    true,
    peer.sink.streamSink(() => 1),
    0,
  );
  peer.shows();
  return peer;
}

function expectSilentEnd(peer: ScriptedPeer): void {
  expect(peer.shows()).toEqual(["GOAWAY last=0 NO_ERROR"]);
  expect(peer.goawayDebug).toBe("keepalive_timeout");
  expect(peer.sink.closeReason).toMatchObject({
    source: "transport",
    limit: "keepaliveTimeoutMs",
    message: "keepaliveTimeoutMs: the peer has not answered a PING for 20000 ms",
  });
}

describe("a client", () => {
  test("asks nobody by default", () => {
    expect(calling({}).connection.wakeAt()).toBeUndefined();
  });

  test("with a stream asks after the time, and leaves after the timeout", () => {
    const peer = calling({ keepaliveTimeMs: 30_000 });
    peer.waits(29_999);
    expect(peer.shows()).toEqual([]);
    peer.waits(1);
    expect(peer.shows()).toEqual([shown(1)]);
    peer.waits(19_999);
    expect(peer.connection.isClosed).toBe(false);
    peer.waits(1);
    expectSilentEnd(peer);
    expect(peer.heard()).toEqual([
      "1 reset connection INTERNAL_ERROR",
      "closed transport INTERNAL_ERROR",
    ]);
  });

  test("takes any byte for an answer, and counts from the last one", () => {
    const peer = calling({ keepaliveTimeMs: 30_000 });
    peer.waits(20_000).sends(formatSettings([]));
    peer.shows();
    peer.waits(10_000);
    expect(peer.shows()).toEqual([]);
    expect(peer.connection.wakeAt()).toBe(50_000);
    peer.waits(20_000);
    expect(peer.shows()).toEqual([shown(1)]);
    peer.waits(1000).sends(pong(1));
    peer.waits(19_000);
    expect(peer.connection.wakeAt()).toBe(81_000);
    expect(peer.heard()).toEqual(["settings window=65535"]);
    expect(peer.connection.stats).toMatchObject({ pingsSent: 1, rttMs: 1000 });
  });

  test("does not ask more often than every ten seconds", () => {
    expect(calling({ keepaliveTimeMs: 1 }).connection.wakeAt()).toBe(10_000);
    const limits = { keepaliveTimeMs: 1, minKeepaliveTimeMs: 0 };
    expect(calling(limits).connection.wakeAt()).toBe(1);
  });

  test("without streams rests, and asks before the next one when it has been long", () => {
    const peer = new ScriptedPeer("client", { limits: { keepaliveTimeMs: 10_000 } }).greet();
    peer.waits(10_000);
    expect(peer.shows()).toEqual([]);
    expect(peer.connection.wakeAt()).toBeUndefined();
    peer.nowMs = 50_000;
    peer.connection.openStream(
      request,
      true,
      peer.sink.streamSink(() => 1),
      50_000,
    );
    expect(peer.shows().map((line) => line.split(" ")[0])).toEqual(["PING", "HEADERS"]);
    expect(peer.connection.wakeAt()).toBe(70_000);
  });

  test("that has heard something while it rested asks later", () => {
    const peer = new ScriptedPeer("client", { limits: { keepaliveTimeMs: 10_000 } }).greet();
    peer.waits(10_000).waits(5000).sends(formatSettings([]));
    peer.connection.openStream(
      request,
      true,
      peer.sink.streamSink(() => 1),
      16_000,
    );
    expect(peer.shows().filter((line) => line.startsWith("PING"))).toEqual([]);
    expect(peer.connection.wakeAt()).toBe(25_000);
  });

  test("asks without streams if it is told to", () => {
    const limits = { keepaliveTimeMs: 10_000, keepaliveWithoutCalls: true };
    const peer = new ScriptedPeer("client", { limits }).greet();
    expect(peer.waits(10_000).shows()).toEqual([shown(1)]);
  });
});

describe("a server", () => {
  test("asks after two hours, also without streams", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.waits(7_199_999);
    expect(peer.shows()).toEqual([]);
    expect(peer.waits(1).shows()).toEqual([shown(1)]);
    peer.waits(20_000);
    expectSilentEnd(peer);
  });

  test("that asks only about calls begins with the first", () => {
    const limits = { keepaliveTimeMs: 1000, keepaliveWithoutCalls: false };
    const peer = new ScriptedPeer("server", { limits }).greet();
    peer.waits(1000).waits(9000);
    expect(peer.shows()).toEqual([]);
    peer.sends(peer.headers(1));
    expect(peer.connection.wakeAt()).toBe(11_000);
  });
});

describe("round trips", () => {
  test("are measured with windows that stay as they are, too", () => {
    const peer = calling({ adaptiveWindows: false });
    peer.connection.ping(0);
    peer.nowMs = 3;
    peer.sends(pong(1));
    expect(peer.heard()).toEqual(["ping acked after 3 ms"]);
  });

  test("are measured one at a time, and smoothed", () => {
    const peer = calling({});
    const { stats } = peer.connection;
    expect(stats).toMatchObject({ rttMs: -1, smoothedRttMs: -1 });
    for (const [i, rttMs] of [10, 18].entries()) {
      peer.connection.ping(peer.nowMs);
      peer.nowMs += rttMs;
      peer.sends(pong(i + 1));
    }
    expect(stats).toMatchObject({ rttMs: 18, smoothedRttMs: 11, pingsSent: 2 });
    expect(peer.heard()).toEqual(["ping acked after 10 ms", "ping acked after 18 ms"]);
  });
});

describe.each<Role>(["client", "server"])("streams that a %s has reset", (role) => {
  const idOf = (i: number): number => 2 * i + 1;
  const late = formatData(1, new Uint8Array(1));

  /** Opens so many streams, and resets them all. */
  function resetting(count: number): ScriptedPeer {
    const peer = new ScriptedPeer(role).greet();
    for (let i = 0; i < count; i++) {
      if (role === "server") peer.sends(peer.headers(idOf(i)));
      else {
        peer.connection.openStream(
          request,
          false,
          peer.sink.streamSink(() => idOf(i)),
          0,
        );
        peer.sends(peer.headers(idOf(i), ok));
      }
      peer.connection.resetStream(idOf(i), 8);
      peer.shows();
    }
    return peer;
  }

  test("may still be spoken on until a PING has come back, then no more", () => {
    const peer = resetting(65);
    expect(peer.connection.stats.pingsSent).toBe(1);
    peer.sends(late);
    expect(peer.connection.isClosed).toBe(false);
    peer.sends(pong(1));
    // The 65th was reset after the PING had been sent.
    peer.sends(formatData(idOf(64), new Uint8Array(1)));
    expect(peer.connection.isClosed).toBe(false);
    peer.sends(late);
    expect(peer.shows().at(-1)).toMatch(/^GOAWAY last=\d+ STREAM_CLOSED$/);
  });

  test("may not be spoken on by a peer that has reset them, too", () => {
    const peer = resetting(2);
    peer.sends(formatRstStream(1, 8), formatData(3, new Uint8Array(1)));
    expect(peer.connection.isClosed).toBe(false);
    peer.sends(late);
    expect(peer.shows().at(-1)).toMatch(/^GOAWAY last=\d+ STREAM_CLOSED$/);
  });

  test("may not be spoken on for ever: after 64 frames a PING asks", () => {
    const peer = resetting(1);
    for (let i = 0; i < 63; i++) peer.sends(late);
    expect(peer.shows()).toEqual([]);
    peer.sends(late);
    expect(peer.shows()).toEqual([shown(1)]);
    peer.sends(late, pong(1), late);
    expect(peer.shows()).toEqual([expect.stringMatching(/STREAM_CLOSED/)]);
  });

  test("a peer that keeps the PING to itself speaks on its glitch account", () => {
    const peer = resetting(1);
    for (let i = 0; i < 128; i++) peer.sends(late);
    expect(peer.connection.stats.glitches).toBe(0);
    peer.waits(10_001).sends(late);
    expect(peer.connection.stats.glitches).toBe(1);
  });

  test("no PING is sent that a peer could count as one too many", () => {
    const peer = new ScriptedPeer("client").greet();
    for (let i = 0; i < 300; i++) {
      peer.connection.openStream(
        request,
        false,
        peer.sink.streamSink(() => idOf(i)),
        0,
      );
      peer.connection.resetStream(idOf(i), 8);
    }
    // The server has said nothing, so it would not know what the PING is for.
    expect(peer.connection.stats.pingsSent).toBe(0);
  });
});
