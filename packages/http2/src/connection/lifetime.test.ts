// How connections begin, drain and end, and who is told what.
import { describe, expect, test } from "vitest";
import type { StreamSink } from "../contract.js";
import { formatData } from "../frame/data.js";
import { formatGoaway } from "../frame/goaway.js";
import { formatPing } from "../frame/ping.js";
import { formatRstStream } from "../frame/rst-stream.js";
import { formatSettings } from "../frame/settings.js";
import { requestFields, ScriptedPeer } from "../testing/scripted-peer.js";
import { UsageError } from "../usage-error.js";
import { createConnection } from "./create-connection.js";

const request = { fields: requestFields };
const ok = { fields: [":status", "200"] };
const fence = "PING 1 6 1 8 0 3 3 9";
const fenceAck = formatPing(Uint8Array.of(1, 6, 1, 8, 0, 3, 3, 9), true);

function open(peer: ScriptedPeer, id: number, endStream = true): number {
  return peer.connection.openStream(
    request,
    endStream,
    peer.sink.streamSink(() => id),
    0,
  );
}

describe("the start", () => {
  test("a server says SETTINGS and opens its connection window", () => {
    expect(new ScriptedPeer("server").shows()).toEqual([
      "SETTINGS 3=1000 4=1048576 5=16384 6=16384",
      "WINDOW_UPDATE 0 +983041",
    ]);
  });

  test("a client says its magic, SETTINGS without push, and may call at once", () => {
    const peer = new ScriptedPeer("client");
    expect(open(peer, 1)).toBe(1);
    expect(peer.shows()).toEqual([
      "SETTINGS 2=0 4=1048576 5=16384 6=16384",
      "WINDOW_UPDATE 0 +983041",
      "HEADERS 1 :method=POST :scheme=http :path=/a/b END",
    ]);
  });

  test("limits outside their ranges are refused", () => {
    const make = (limits: object) => () => new ScriptedPeer("server", { limits });
    expect(make({ streamWindowBytes: 2 ** 31 })).toThrow(UsageError);
    expect(make({ maxFrameBytes: 100 })).toThrow(UsageError);
    expect(make({ connectionWindowBytes: 65_534 })).toThrow(UsageError);
    expect(make({ maxUnreadBytes: 1_000_000 })).toThrow(/must be at least connectionWindowBytes/);
  });
});

describe("the peer's limit of streams", () => {
  test("100 before its SETTINGS, then what it says; a free slot is told once it was missed", () => {
    const peer = new ScriptedPeer("client");
    for (let i = 0; i < 100; i++) expect(open(peer, 2 * i + 1)).toBe(2 * i + 1);
    expect(open(peer, 0)).toBe(0);
    peer.sends(formatSettings([3, 100]));
    expect(peer.heard()).toEqual(["settings window=65535 first"]);
    expect(open(peer, 0)).toBe(0);
    peer.sends(peer.headers(1, [":status", "200"], true));
    expect(peer.heard()).toEqual(["1 headers :status=200 END", "streams available"]);
    peer.sends(peer.headers(3, [":status", "200"], true));
    expect(peer.heard()).toEqual(["3 headers :status=200 END"]);
    expect(open(peer, 201)).toBe(201);
  });

  test("a server refuses what is above its own", () => {
    const peer = new ScriptedPeer("server", { limits: { maxConcurrentStreams: 1 } }).greet();
    peer.sends(peer.headers(1), peer.headers(3, [...requestFields, "x-new", "1"]));
    peer.sends(formatData(3, new Uint8Array(1)));
    expect(peer.shows()).toEqual(["RST_STREAM 3 REFUSED_STREAM"]);
    peer.sends(formatRstStream(1, 8), peer.headers(5, [...requestFields, "x-new", "1"]));
    expect(peer.heard().at(-1)).toContain("5 opened :method=POST :scheme=http :path=/a/b x-new=1");
    peer.connection.goAway(0);
    expect(peer.shows()).toEqual(["GOAWAY last=5 NO_ERROR"]);
  });
});

describe("a graceful end", () => {
  test("of a server: two GOAWAYs around a fence, the last stream, closed", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(peer.headers(1));
    peer.connection.drain(1000);
    expect(peer.shows()).toEqual(["GOAWAY last=2147483647 NO_ERROR", fence]);
    peer.sends(peer.headers(3), fenceAck);
    expect(peer.shows()).toEqual(["GOAWAY last=3 NO_ERROR"]);
    peer.sends(peer.headers(5), formatData(5, new Uint8Array(9)));
    expect(peer.shows()).toEqual([]);
    peer.heard();
    peer.sends(formatRstStream(1, 8));
    expect(peer.connection.isClosed).toBe(false);
    peer.sends(formatRstStream(3, 8));
    expect(peer.heard().slice(-2)).toEqual(["3 reset peer CANCEL", "closed local NO_ERROR"]);
  });

  test("of a server whose peer keeps the fence: 5 seconds", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.connection.drain(1000);
    expect(peer.connection.wakeAt()).toBe(6000);
    peer.connection.wake(5999);
    expect(peer.connection.isClosed).toBe(false);
    peer.connection.wake(6000);
    expect(peer.shows().at(-1)).toBe("GOAWAY last=0 NO_ERROR");
    expect(peer.connection.wakeAt()).toBeUndefined();
    expect(peer.heard()).toEqual(["closed local NO_ERROR"]);
  });

  test("of a client: no new streams, the old ones finish", () => {
    const peer = new ScriptedPeer("client").greet();
    open(peer, 1);
    peer.connection.drain(0);
    expect(open(peer, 3)).toBe(0);
    expect(peer.shows().at(-1)).toBe("GOAWAY last=0 NO_ERROR");
    peer.sends(peer.headers(1, [":status", "200"], true));
    expect(peer.heard()).toEqual(["1 headers :status=200 END", "closed local NO_ERROR"]);
  });

  test("by the peer: streams above its last one were not processed", () => {
    const peer = new ScriptedPeer("client").greet();
    for (const id of [1, 3, 5]) open(peer, id);
    peer.sends(formatGoaway(2 ** 31 - 1, 0), formatGoaway(1, 0, "bye"));
    expect(peer.heard()).toEqual([
      "goaway 2147483647 NO_ERROR ",
      "3 reset connection NO_ERROR unprocessed",
      "5 reset connection NO_ERROR unprocessed",
      "goaway 1 NO_ERROR bye",
    ]);
    expect(peer.connection.isDraining).toBe(true);
    peer.sends(peer.headers(1, [":status", "200"], true));
    expect(peer.heard().at(-1)).toBe("closed peer NO_ERROR");
  });
});

describe("an end at once", () => {
  test("by us: every stream is told, then the sink, then nothing is heard or sent", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(peer.headers(1), peer.headers(3));
    peer.heard();
    peer.connection.goAway(0xb, "too_many_pings");
    peer.connection.goAway(0);
    peer.connection.receiveEnd();
    peer.sends(peer.headers(5));
    peer.connection.sendHeaders(1, ok, false);
    expect(peer.connection.sendData(1, new Uint8Array(1), true)).toBe(true);
    peer.connection.resetStream(3, 8);
    expect(peer.shows()).toEqual(["GOAWAY last=3 ENHANCE_YOUR_CALM"]);
    expect(peer.heard()).toEqual([
      "1 reset connection ENHANCE_YOUR_CALM",
      "3 reset connection ENHANCE_YOUR_CALM",
      "closed local ENHANCE_YOUR_CALM",
    ]);
  });

  test("every stream is told even when one of them throws", () => {
    const peer = new ScriptedPeer("client").greet();
    const thrown = new Error("a fault of the application");
    const bad = peer.sink.streamSink(() => 1);
    bad.streamReset = () => {
      throw thrown;
    };
    peer.connection.openStream(request, true, bad, 0);
    open(peer, 3);
    peer.shows();
    expect(() => peer.connection.goAway(0)).toThrow(thrown);
    expect(peer.heard()).toEqual(["3 reset connection NO_ERROR", "closed local NO_ERROR"]);
  });

  test("by the transport, with its error as the cause", () => {
    const peer = new ScriptedPeer("client").greet();
    open(peer, 1);
    peer.shows();
    const cause = new Error("ECONNRESET");
    peer.connection.receiveEnd(cause);
    expect(peer.heard()).toEqual([
      "1 reset connection INTERNAL_ERROR",
      "closed transport INTERNAL_ERROR",
    ]);
    expect(peer.sink.closeReason?.cause).toBe(cause);
  });

  test.each([
    [
      "the server has been shut down",
      0,
      'the peer closed it after GOAWAY with NO_ERROR "the server',
    ],
    ["", 0, "the peer closed it after GOAWAY with NO_ERROR"],
    [
      "too_many_pings",
      0xb,
      'the peer sent GOAWAY with ENHANCE_YOUR_CALM "too_many_pings" and closed',
    ],
  ])("by the transport after GOAWAY: what the peer has said is told (%s)", (debug, code, text) => {
    const peer = new ScriptedPeer("client").greet();
    open(peer, 1);
    peer.sends(formatGoaway(1, code, debug));
    peer.connection.receiveEnd();
    expect(peer.sink.closeReason?.message).toContain(text);
  });

  test("by an HTTP/1 server, which is called by its name", () => {
    const peer = new ScriptedPeer("client");
    peer.sends(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect(peer.sink.closeReason?.message).toBe(
      'FRAME_SIZE_ERROR: the peer answers in HTTP/1.x, which begins with "HTTP"',
    );
  });

  test("streams whose heads were never taken to be written are unprocessed", () => {
    const peer = new ScriptedPeer("client").greet();
    open(peer, 1);
    peer.shows();
    open(peer, 3);
    peer.connection.receiveEnd();
    expect(peer.heard()).toEqual([
      "1 reset connection NO_ERROR",
      "3 reset connection NO_ERROR unprocessed",
      "closed transport NO_ERROR",
    ]);
  });
});

describe("PING", () => {
  test("is answered before DATA that waits", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(formatPing(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)));
    expect(peer.shows()).toEqual(["PING ACK 1 2 3 4 5 6 7 8"]);
  });

  test("measures a round trip, one at a time", () => {
    const peer = new ScriptedPeer("client").greet();
    peer.connection.ping(10);
    peer.connection.ping(20);
    expect(peer.shows()).toEqual(["PING 84 82 78 75 0 0 0 1"]);
    peer.nowMs = 25;
    peer.sends(formatPing(Uint8Array.of(84, 82, 78, 75, 0, 0, 0, 2), true));
    peer.sends(formatPing(Uint8Array.of(84, 82, 78, 75, 0, 0, 0, 1), true));
    expect(peer.heard()).toEqual(["ping acked after 15 ms"]);
  });
});

describe("messages", () => {
  test.each<[string, readonly string[], number[], boolean, string]>([
    ["longer than content-length", ["content-length", "2"], [3], false, "PROTOCOL_ERROR"],
    ["shorter than content-length", ["content-length", "4"], [3], true, "PROTOCOL_ERROR"],
    ["as long as content-length", ["content-length", "5"], [3, 2], true, ""],
  ])("a request %s", (_name, fields, sizes, endStream, code) => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(peer.headers(1, [...requestFields, ...fields]));
    for (const [i, size] of sizes.entries()) {
      const isLast = i === sizes.length - 1;
      peer.sends(formatData(1, new Uint8Array(size), isLast && endStream));
    }
    expect(peer.shows()).toEqual(code === "" ? [] : [`RST_STREAM 1 ${code}`]);
  });

  test("malformed requests never reach the sink", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(peer.headers(1, [":method", "GET"]));
    peer.sends(peer.headers(3, [...requestFields, "content-length", "1"], true));
    peer.sends(peer.headers(5, [...requestFields, "x".repeat(9000), "y".repeat(9000)]));
    const many = Array.from({ length: 252 }, (_, i) => `x${i}`);
    peer.sends(peer.headers(7, [...requestFields, ...many]));
    expect(peer.shows()).toEqual([
      "RST_STREAM 1 PROTOCOL_ERROR",
      "RST_STREAM 3 PROTOCOL_ERROR",
      "RST_STREAM 5 ENHANCE_YOUR_CALM",
      "RST_STREAM 7 ENHANCE_YOUR_CALM",
    ]);
    expect(peer.heard()).toEqual([]);
    peer.connection.goAway(0);
    expect(peer.shows()).toEqual(["GOAWAY last=0 NO_ERROR"]);
  });

  test.each<[string, (peer: ScriptedPeer) => Uint8Array[], string]>([
    ["DATA first", () => [formatData(1, new Uint8Array(1))], "PROTOCOL_ERROR"],
    ["no :status", (p) => [p.headers(1, ["a", "b"])], "PROTOCOL_ERROR"],
    ["101", (p) => [p.headers(1, [":status", "101"])], "PROTOCOL_ERROR"],
    ["1xx at the end", (p) => [p.headers(1, [":status", "100"], true)], "PROTOCOL_ERROR"],
    [
      "eleven 1xx",
      (p) => Array.from({ length: 11 }, () => p.headers(1, [":status", "103"])),
      "PROTOCOL_ERROR",
    ],
    [
      "content-length without DATA",
      (p) => [p.headers(1, [":status", "200", "content-length", "1"], true)],
      "PROTOCOL_ERROR",
    ],
    [
      "two heads",
      (p) => [p.headers(1, [":status", "200"]), p.headers(1, [":status", "200"], true)],
      "PROTOCOL_ERROR",
    ],
  ])("a response with %s is malformed", (_name, frames, code) => {
    const peer = new ScriptedPeer("client").greet();
    open(peer, 1);
    peer.shows();
    peer.sends(...frames(peer));
    expect(peer.shows()).toEqual([`RST_STREAM 1 ${code}`]);
    expect(peer.heard().at(-1)).toBe(`1 reset local ${code}`);
  });

  test.each([
    ["HEAD", "200"],
    ["GET", "204"],
    ["GET", "304"],
  ])("%s with %s may promise a body that does not come", (method, status) => {
    const peer = new ScriptedPeer("client").greet();
    const fields = [":method", method, ":scheme", "http", ":path", "/"];
    const prefix = { fields };
    const sink = peer.sink.streamSink(() => 1);
    peer.connection.openStream({ prefix, fields: [] }, true, sink, 0);
    peer.sends(peer.headers(1, [":status", "103"]));
    peer.sends(peer.headers(1, [":status", status, "content-length", "5"], true));
    expect(peer.heard()).toEqual([`1 headers :status=${status} content-length=5 END`]);
    expect(peer.connection.activeStreams).toBe(0);
  });

  test("a list above what the peer takes is refused here", () => {
    const peer = new ScriptedPeer("client").greet();
    peer.sends(formatSettings([6, 200]));
    const big = { prefix: request, fields: ["x", "y".repeat(100)] };
    const none: StreamSink = peer.sink.streamSink(() => 0);
    expect(() => peer.connection.openStream(big, true, none, 0)).toThrow(
      /header list of 2\d\d bytes: the peer takes 200/,
    );
    expect(open(peer, 1)).toBe(1);
  });

  test("a block above the peer's frame size goes out in pieces", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(peer.headers(1, requestFields, true));
    const value = "\u00ff".repeat(40_000);
    peer.connection.sendHeaders(1, { fields: [":status", "200", "x-big", value] }, true);
    const lines = peer.shows();
    expect(lines.slice(0, -1)).toEqual(["HEADERS 1 ... END", "CONTINUATION 1 ..."]);
    expect(lines.at(-1)).toBe(`CONTINUATION 1 :status=200 x-big=${value}`);
  });
});

describe("misuse", () => {
  test("is told at once, with what and why", () => {
    const peer = new ScriptedPeer("server").greet();
    const { connection } = peer;
    peer.sends(peer.headers(1));
    const none = peer.sink.streamSink(() => 0);
    expect(() => connection.openStream(request, true, none, 0)).toThrow(UsageError);
    expect(() => connection.sendHeaders(3, ok, true)).toThrow(/stream 3, which was never opened/);
    expect(() => connection.sendData(1, new Uint8Array(1), true)).toThrow(/before its head/);
    expect(() => connection.consume(1, 1)).toThrow(/consuming 1 bytes on stream 1: 0 are unread/);
    expect(() => connection.commit(1, 1, true)).toThrow(/not the room reserved/);
    expect(() => connection.updateSettings({ maxFrameSize: 1 })).toThrow(UsageError);
    connection.sendHeaders(1, ok, false);
    expect(() => connection.sendHeaders(1, ok, false)).toThrow(/only trailers may follow/);
    connection.sendHeaders(1, ok, true);
    expect(() => connection.sendData(1, new Uint8Array(1), true)).toThrow(/after its end/);
  });

  test("a reservation is void after any other write", () => {
    const peer = new ScriptedPeer("server").greet();
    const { connection } = peer;
    peer.sends(peer.headers(1));
    expect(connection.reserve(1, 1)).toBeUndefined();
    connection.sendHeaders(1, ok, false);
    const region = connection.reserve(1, 10)!;
    expect(region.limit - region.offset).toBeGreaterThan(2048);
    expect(region.limit - region.offset).toBeLessThanOrEqual(16_384);
    const large = connection.reserve(1, 16_384)!;
    expect(large.limit - large.offset).toBe(16_384);
    expect(connection.reserve(1, 16_385)).toBeUndefined();
    connection.ping(0);
    expect(() => connection.commit(1, 5, false)).toThrow(UsageError);
  });
});

test("outputReady is called once when output begins to wait, and never during receive", () => {
  let calls = 0;
  const peer = new ScriptedPeer("client", { outputReady: () => calls++ });
  expect(calls).toBe(0);
  peer.greet();
  expect(calls).toBe(0);
  open(peer, 1);
  open(peer, 3);
  expect(calls).toBe(1);
  peer.shows();
  peer.connection.resetStream(1, 8);
  expect(calls).toBe(2);
});

test("settings of ours that are sent later", () => {
  const peer = new ScriptedPeer("server").greet();
  peer.connection.updateSettings({ maxConcurrentStreams: 5, headerTableSize: 0 });
  expect(peer.shows()).toEqual(["SETTINGS 1=0 3=5"]);
  peer.sends(formatSettings([], true), peer.headers(1));
  // RFC 7541 s4.2: after the ACK the next block must begin by making the table smaller.
  expect(peer.shows()).toEqual(["GOAWAY last=0 COMPRESSION_ERROR"]);
});

test("a connection is created for either role", () => {
  const sink = new ScriptedPeer("server").sink;
  expect(createConnection({ role: "client", sink }).role).toBe("client");
  expect(createConnection({ role: "server", sink }).peerMaxConcurrentStreams).toBe(Infinity);
});
