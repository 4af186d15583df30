// Connections that end in peace: idle, old, out of ids; and how both sides learn of it.
import { describe, expect, test } from "vitest";
import { formatGoaway } from "../../frame/goaway.js";
import { formatPing } from "../../frame/ping.js";
import { formatRstStream } from "../../frame/rst-stream.js";
import { requestFields, ScriptedPeer } from "../../testing/scripted-peer.js";

const request = { fields: requestFields };
const fence = "PING 1 6 1 8 0 3 3 9";
const fenceAck = formatPing(Uint8Array.of(1, 6, 1, 8, 0, 3, 3, 9), true);

describe("maxConnectionIdleMs", () => {
  const limits = { maxConnectionIdleMs: 60_000, keepaliveTimeMs: Number.POSITIVE_INFINITY };

  test("without a single stream", () => {
    const peer = new ScriptedPeer("server", { limits }).greet();
    expect(peer.connection.wakeAt()).toBe(60_000);
    peer.waits(60_000);
    expect(peer.shows()).toEqual(["GOAWAY last=2147483647 NO_ERROR", fence]);
    expect(peer.goawayDebug).toBe("max_idle");
    expect(peer.heard()).toEqual(["drain started: max_idle"]);
    peer.sends(fenceAck);
    expect(peer.shows()).toEqual(["GOAWAY last=0 NO_ERROR"]);
    expect(peer.goawayDebug).toBe("max_idle");
    expect(peer.heard()).toEqual(["closed local NO_ERROR"]);
  });

  test("counts from the end of the last stream", () => {
    const peer = new ScriptedPeer("server", { limits }).greet();
    peer.waits(10_000).sends(peer.headers(1));
    peer.waits(50_000);
    expect(peer.connection.wakeAt()).toBe(120_000);
    peer.waits(20_000).sends(formatRstStream(1, 8));
    peer.waits(40_000);
    expect(peer.connection.isDraining).toBe(false);
    expect(peer.connection.wakeAt()).toBe(140_000);
    peer.waits(20_000);
    expect(peer.goawayDebug).toBe("");
    expect(peer.connection.isDraining).toBe(true);
  });

  test("a request that comes while the fence is out is served", () => {
    const peer = new ScriptedPeer("server", { limits }).greet();
    peer.waits(60_000).sends(peer.headers(1), fenceAck);
    expect(peer.shows().at(-1)).toBe("GOAWAY last=1 NO_ERROR");
    expect(peer.connection.isClosed).toBe(false);
    peer.connection.sendHeaders(1, { fields: [":status", "200"] }, true);
    peer.sends(formatRstStream(1, 0));
    expect(peer.heard().at(-1)).toBe("closed local NO_ERROR");
  });
});

describe("maxConnectionAgeMs", () => {
  const limits = {
    maxConnectionAgeMs: 100_000,
    maxConnectionAgeGraceMs: 7000,
    keepaliveTimeMs: Number.POSITIVE_INFINITY,
  };

  test.each([
    [0, 90_000],
    [0.5, 100_000],
    [0.999, 109_980],
  ])("is spread by a tenth: %d", (random, at) => {
    const peer = new ScriptedPeer("server", { limits, random: () => random }).greet();
    expect(peer.connection.wakeAt()).toBeCloseTo(at, 0);
  });

  test("lets calls finish, and after the grace cuts them off", () => {
    const peer = new ScriptedPeer("server", { limits }).greet();
    peer.sends(peer.headers(1)).waits(100_000);
    expect(peer.shows()).toEqual(["GOAWAY last=2147483647 NO_ERROR", fence]);
    expect(peer.goawayDebug).toBe("max_age");
    peer.sends(fenceAck).waits(6999);
    expect(peer.connection.isClosed).toBe(false);
    peer.heard();
    peer.waits(1);
    expect(peer.shows()).toEqual(["GOAWAY last=1 NO_ERROR", "GOAWAY last=1 NO_ERROR"]);
    expect(peer.goawayDebug).toBe("max_age");
    expect(peer.heard()).toEqual(["1 reset connection NO_ERROR", "closed local NO_ERROR"]);
  });

  test("of a connection that drains already changes nothing", () => {
    const peer = new ScriptedPeer("server", { limits }).greet();
    peer.sends(peer.headers(1));
    peer.connection.drain(0);
    peer.sends(fenceAck);
    peer.heard();
    peer.shows();
    peer.waits(100_000);
    expect(peer.heard()).toEqual([]);
    expect(peer.shows()).toEqual([]);
  });
});

describe("ids", () => {
  test("that are used up begin a graceful end, and the last streams finish", () => {
    const peer = new ScriptedPeer("client", { limits: { maxStreamId: 3 } }).greet();
    const open = (id: number): number =>
      peer.connection.openStream(
        request,
        true,
        peer.sink.streamSink(() => id),
        0,
      );
    expect(open(1)).toBe(1);
    expect(peer.connection.isDraining).toBe(false);
    expect(open(3)).toBe(3);
    expect(peer.connection.isDraining).toBe(true);
    expect(peer.heard()).toEqual(["drain started: ids_used_up"]);
    expect(open(5)).toBe(0);
    expect(peer.shows().at(-1)).toBe("GOAWAY last=0 NO_ERROR");
    for (const id of [1, 3]) peer.sends(peer.headers(id, [":status", "200"], true));
    expect(peer.heard()).toEqual([
      "1 headers :status=200 END",
      "3 headers :status=200 END",
      "closed local NO_ERROR",
    ]);
  });

  test("go to the largest there is if that is wanted", () => {
    const make = (maxStreamId: number) => () =>
      new ScriptedPeer("client", { limits: { maxStreamId } });
    expect(make(2 ** 31 - 1)).not.toThrow();
    expect(make(2 ** 31)).toThrow("maxStreamId is 2147483648, it must be 1 .. 2147483647");
    expect(make(Number.NaN)).toThrow("maxStreamId is NaN");
  });
});

describe("a client that is told to go", () => {
  test("learns the code and why", () => {
    const peer = new ScriptedPeer("client").greet();
    peer.connection.openStream(
      request,
      true,
      peer.sink.streamSink(() => 1),
      0,
    );
    peer.sends(formatGoaway(0, 0xb, "too_many_pings"));
    expect(peer.heard()).toEqual([
      "1 reset connection ENHANCE_YOUR_CALM unprocessed",
      "goaway 0 ENHANCE_YOUR_CALM too_many_pings",
      "closed peer ENHANCE_YOUR_CALM",
    ]);
  });
});
