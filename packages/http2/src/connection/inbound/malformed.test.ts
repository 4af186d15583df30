// Each frame that RFC 9113 forbids, with the exact error it must end in and the last stream it names.
import { describe, expect, test } from "vitest";
import { formatContinuation } from "../../frame/continuation.js";
import { formatData } from "../../frame/data.js";
import { formatGoaway } from "../../frame/goaway.js";
import { Flag, FrameType } from "../../frame/head.js";
import { formatHeaders } from "../../frame/headers.js";
import { formatPriority } from "../../frame/priority.js";
import { formatRstStream } from "../../frame/rst-stream.js";
import { formatSettings } from "../../frame/settings.js";
import { formatWindowUpdate } from "../../frame/window-update.js";
import { rawFrame, requestFields, ScriptedPeer } from "../../testing/scripted-peer.js";

const T = FrameType;
const some = new Uint8Array(4);
const big = new Array<number>(16_385).fill(0);

type Frames = (peer: ScriptedPeer) => Uint8Array[];
/** What it is, the frames after stream 1 was opened with its body to follow, and the code of GOAWAY. */
type Row = readonly [string, Frames, string];

const connectionErrors: readonly Row[] = [
  ["DATA on stream 0", () => [formatData(0, some)], "PROTOCOL_ERROR"],
  ["DATA on an idle stream", () => [formatData(3, some)], "PROTOCOL_ERROR"],
  ["DATA on an even stream", () => [formatData(2, some)], "PROTOCOL_ERROR"],
  ["DATA all padding and one more", () => [rawFrame(T.DATA, 8, 1, [3, 0, 0])], "PROTOCOL_ERROR"],
  ["padded DATA without a pad length", () => [rawFrame(T.DATA, 8, 1, [])], "PROTOCOL_ERROR"],
  ["a frame above the frame size", () => [rawFrame(T.DATA, 0, 1, big)], "FRAME_SIZE_ERROR"],
  ["an unknown frame above it", () => [rawFrame(0x77, 0, 1, big)], "FRAME_SIZE_ERROR"],
  ["HEADERS on stream 0", (p) => [p.headers(0)], "PROTOCOL_ERROR"],
  ["HEADERS on an even stream", (p) => [p.headers(2)], "PROTOCOL_ERROR"],
  [
    "HEADERS shorter than its padding",
    () => [rawFrame(T.HEADERS, 12, 3, [9, 1])],
    "PROTOCOL_ERROR",
  ],
  [
    "HEADERS whose padding eats its priority",
    () => [rawFrame(T.HEADERS, 0x2c, 3, [1, 0, 0, 0, 0, 0])],
    "PROTOCOL_ERROR",
  ],
  [
    "HEADERS that depends on itself",
    () => [rawFrame(T.HEADERS, 0x24, 3, [0, 0, 0, 3, 15])],
    "PROTOCOL_ERROR",
  ],
  [
    "HEADERS with a broken block",
    () => [formatHeaders(3, Uint8Array.of(0x80))],
    "COMPRESSION_ERROR",
  ],
  [
    "HEADERS without room for its priority",
    () => [rawFrame(T.HEADERS, 0x24, 3, [0, 0, 0])],
    "PROTOCOL_ERROR",
  ],
  [
    "padded HEADERS that depends on itself",
    () => [rawFrame(T.HEADERS, 0x2c, 3, [0, 0, 0, 0, 3, 15])],
    "PROTOCOL_ERROR",
  ],
  ["PRIORITY on stream 0", () => [formatPriority(0, 1)], "PROTOCOL_ERROR"],
  ["PRIORITY of 4 bytes", () => [rawFrame(T.PRIORITY, 0, 1, [0, 0, 0, 0])], "FRAME_SIZE_ERROR"],
  ["PRIORITY that depends on itself", () => [formatPriority(5, 5)], "PROTOCOL_ERROR"],
  ["RST_STREAM on stream 0", () => [formatRstStream(0, 8)], "PROTOCOL_ERROR"],
  ["RST_STREAM on an idle stream", () => [formatRstStream(3, 8)], "PROTOCOL_ERROR"],
  ["RST_STREAM of 3 bytes", () => [rawFrame(T.RST_STREAM, 0, 1, [0, 0, 0])], "FRAME_SIZE_ERROR"],
  ["SETTINGS on stream 1", () => [rawFrame(T.SETTINGS, 0, 1, [])], "PROTOCOL_ERROR"],
  ["SETTINGS of 5 bytes", () => [rawFrame(T.SETTINGS, 0, 0, [0, 0, 0, 0, 0])], "FRAME_SIZE_ERROR"],
  ["SETTINGS ACK with a payload", () => [formatSettings([1, 1], true)], "FRAME_SIZE_ERROR"],
  ["SETTINGS ACK nobody waits for", () => [formatSettings([], true)], "PROTOCOL_ERROR"],
  ["ENABLE_PUSH of 2", () => [formatSettings([2, 2])], "PROTOCOL_ERROR"],
  ["INITIAL_WINDOW_SIZE of 2^31", () => [formatSettings([4, 2 ** 31])], "FLOW_CONTROL_ERROR"],
  ["MAX_FRAME_SIZE of 16383", () => [formatSettings([5, 16_383])], "PROTOCOL_ERROR"],
  ["MAX_FRAME_SIZE of 2^24", () => [formatSettings([5, 2 ** 24])], "PROTOCOL_ERROR"],
  [
    "SETTINGS with 33 entries",
    () => [formatSettings(new Array<number>(66).fill(9))],
    "ENHANCE_YOUR_CALM",
  ],
  ["PUSH_PROMISE", () => [rawFrame(T.PUSH_PROMISE, 4, 1, [0, 0, 0, 2])], "PROTOCOL_ERROR"],
  ["PING on stream 1", () => [rawFrame(T.PING, 0, 1, [0, 0, 0, 0, 0, 0, 0, 0])], "PROTOCOL_ERROR"],
  ["PING of 7 bytes", () => [rawFrame(T.PING, 0, 0, [0, 0, 0, 0, 0, 0, 0])], "FRAME_SIZE_ERROR"],
  ["PING ACK of 9 bytes", () => [rawFrame(T.PING, 1, 0, big.slice(0, 9))], "FRAME_SIZE_ERROR"],
  ["GOAWAY on stream 1", () => [rawFrame(T.GOAWAY, 0, 1, big.slice(0, 8))], "PROTOCOL_ERROR"],
  ["GOAWAY of 7 bytes", () => [rawFrame(T.GOAWAY, 0, 0, big.slice(0, 7))], "FRAME_SIZE_ERROR"],
  [
    "GOAWAY that takes back what it said",
    () => [formatGoaway(1, 0), formatGoaway(3, 0)],
    "PROTOCOL_ERROR",
  ],
  [
    "WINDOW_UPDATE of 3 bytes",
    () => [rawFrame(T.WINDOW_UPDATE, 0, 1, [0, 0, 1])],
    "FRAME_SIZE_ERROR",
  ],
  ["WINDOW_UPDATE of 0", () => [formatWindowUpdate(0, 0)], "PROTOCOL_ERROR"],
  ["WINDOW_UPDATE of 0 on a stream", () => [formatWindowUpdate(1, 0)], "PROTOCOL_ERROR"],
  ["WINDOW_UPDATE on an idle stream", () => [formatWindowUpdate(3, 1)], "PROTOCOL_ERROR"],
  ["a connection window of 2^31", () => [formatWindowUpdate(0, 2 ** 31 - 1)], "FLOW_CONTROL_ERROR"],
  ["CONTINUATION without HEADERS", () => [formatContinuation(1, some)], "PROTOCOL_ERROR"],
  [
    "CONTINUATION of another stream",
    () => [formatHeaders(3, some, 0), formatContinuation(5, some)],
    "PROTOCOL_ERROR",
  ],
  ["DATA inside a block", () => [formatHeaders(3, some, 0), formatData(1, some)], "PROTOCOL_ERROR"],
  [
    "PRIORITY inside a block",
    () => [formatHeaders(3, some, 0), formatPriority(3, 0)],
    "PROTOCOL_ERROR",
  ],
  [
    "an unknown frame inside a block",
    () => [formatHeaders(3, some, 0), rawFrame(0x77, 0, 3, [])],
    "PROTOCOL_ERROR",
  ],
  [
    "nine CONTINUATION frames",
    () => [formatHeaders(3, some, 0), ...new Array(9).fill(formatContinuation(3, some, false))],
    "ENHANCE_YOUR_CALM",
  ],
  [
    "five empty CONTINUATION frames",
    () => [
      formatHeaders(3, some, 0),
      ...new Array(5).fill(formatContinuation(3, new Uint8Array(0), false)),
    ],
    "ENHANCE_YOUR_CALM",
  ],
  [
    "a compressed block above 32 KiB",
    () => [
      formatHeaders(3, new Uint8Array(16_384), 0),
      formatContinuation(3, new Uint8Array(16_384), false),
      formatContinuation(3, new Uint8Array(1), false),
    ],
    "ENHANCE_YOUR_CALM",
  ],
];

describe("a connection error", () => {
  test.each(connectionErrors)("%s", (_name, frames, code) => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(peer.headers(1));
    peer.shows();
    peer.heard();
    peer.sends(...frames(peer));
    expect(peer.shows().at(-1)).toBe(`GOAWAY last=1 ${code}`);
    expect(peer.heard().slice(-2)).toEqual([`1 reset connection ${code}`, `closed local ${code}`]);
    expect(peer.connection.isClosed).toBe(true);
  });

  test("a first frame that is not SETTINGS", () => {
    const peer = new ScriptedPeer("client");
    peer.shows();
    peer.sends(rawFrame(T.PING, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]));
    expect(peer.shows()).toEqual(["GOAWAY last=0 PROTOCOL_ERROR"]);
  });

  test("a first SETTINGS that is an ACK", () => {
    const peer = new ScriptedPeer("client");
    peer.sends(formatSettings([], true));
    expect(peer.shows().at(-1)).toBe("GOAWAY last=0 PROTOCOL_ERROR");
  });

  test("a wrong octet in the preface, at that octet", () => {
    const peer = new ScriptedPeer("server");
    peer.sends(Uint8Array.from("PRI * HTTP/1", (char) => char.charCodeAt(0)));
    expect(peer.shows().at(-1)).toBe("GOAWAY last=0 PROTOCOL_ERROR");
    expect(peer.connection.isClosed).toBe(true);
  });

  test("a stream window of 2^31 resets the stream, too", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(peer.headers(1), formatWindowUpdate(1, 2 ** 31 - 1));
    expect(peer.shows()).toEqual([
      "RST_STREAM 1 FLOW_CONTROL_ERROR",
      "GOAWAY last=1 FLOW_CONTROL_ERROR",
    ]);
  });

  test("more than 1000 answers that nobody reads", () => {
    const limits = { maxPingStrikes: Number.POSITIVE_INFINITY, pingBurst: 10_000 };
    const peer = new ScriptedPeer("server", { limits }).greet();
    const ping = rawFrame(T.PING, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]);
    for (let i = 0; i < 101; i++) peer.sends(ping);
    expect(peer.connection.isCongested).toBe(true);
    for (let i = 101; i < 1000; i++) peer.sends(ping);
    expect(peer.connection.isClosed).toBe(false);
    peer.sends(ping);
    expect(peer.shows().at(-1)).toBe("GOAWAY last=0 ENHANCE_YOUR_CALM");
  });
});

const clientErrors: readonly Row[] = [
  [
    "HEADERS on a stream nobody opened",
    (p) => [p.headers(3, [":status", "200"])],
    "PROTOCOL_ERROR",
  ],
  ["HEADERS on an even stream", (p) => [p.headers(2, [":status", "200"])], "PROTOCOL_ERROR"],
  ["DATA on a stream nobody opened", () => [formatData(3, some)], "PROTOCOL_ERROR"],
  ["ENABLE_PUSH of 1", () => [formatSettings([2, 1])], "PROTOCOL_ERROR"],
  ["PUSH_PROMISE", () => [rawFrame(T.PUSH_PROMISE, 4, 1, [0, 0, 0, 2])], "PROTOCOL_ERROR"],
  ["GOAWAY with an even id", () => [formatGoaway(2, 0)], "PROTOCOL_ERROR"],
];

describe("a connection error of a client", () => {
  test.each(clientErrors)("%s", (_name, frames, code) => {
    const peer = new ScriptedPeer("client").greet();
    peer.connection.openStream(
      { fields: requestFields },
      false,
      peer.sink.streamSink(() => 1),
      0,
    );
    peer.shows();
    peer.sends(...frames(peer));
    expect(peer.shows().at(-1)).toBe(`GOAWAY last=0 ${code}`);
    expect(peer.heard()).toEqual([`1 reset connection ${code}`, `closed local ${code}`]);
  });
});

test("what is ignored: unknown frames, flags, settings, the reserved bit, PONGs of nobody", () => {
  const peer = new ScriptedPeer("server").greet();
  peer.sends(rawFrame(0x10, 0xff, 7, [1, 2, 3]), formatSettings([0x9999, 1, 0xfe03, 7]));
  peer.sends(rawFrame(T.PING, Flag.ACK, 0, [9, 9, 9, 9, 9, 9, 9, 9]), formatPriority(9, 3));
  peer.sends(rawFrame(T.WINDOW_UPDATE, 0xff, 0x80000000, [0x80, 0, 0, 1]));
  expect(peer.shows()).toEqual(["SETTINGS ACK"]);
  expect(peer.connection.activeStreams).toBe(0);
});
