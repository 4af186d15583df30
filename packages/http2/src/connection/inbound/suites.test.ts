// The cases of h2spec, section by section, against a server: what must be written, to the exact code and last stream.
import { describe, expect, test } from "vitest";
import { formatContinuation } from "../../frame/continuation.js";
import { formatData } from "../../frame/data.js";
import { formatGoaway } from "../../frame/goaway.js";
import { FrameType as T } from "../../frame/head.js";
import { formatHeaders } from "../../frame/headers.js";
import { formatPriority } from "../../frame/priority.js";
import { formatRstStream } from "../../frame/rst-stream.js";
import { formatSettings } from "../../frame/settings.js";
import { formatWindowUpdate } from "../../frame/window-update.js";
import { rawFrame, requestFields, ScriptedPeer } from "../../testing/scripted-peer.js";

/** What goes wrong, or how a stranger may behave; and the last thing that is written. `fine`: nothing is complained of. */
type Row = readonly [string, (peer: ScriptedPeer) => unknown, string];

const octets = (length: number): Uint8Array => new Uint8Array(length);
const zeros = (length: number): number[] => new Array<number>(length).fill(0);
const one = octets(1);
const protocolError = (last: number): string => `GOAWAY last=${last} PROTOCOL_ERROR`;
const frameSizeError = (last: number): string => `GOAWAY last=${last} FRAME_SIZE_ERROR`;
const streamClosed = (last: number): string => `GOAWAY last=${last} STREAM_CLOSED`;
const malformed = "RST_STREAM 1 PROTOCOL_ERROR";

/** HEADERS of a request on stream 1, with fields beside the usual ones. */
const withFields =
  (...fields: string[]) =>
  (p: ScriptedPeer): unknown =>
    p.sends(p.headers(1, [...requestFields, ...fields], true));
const onlyFields =
  (...fields: string[]) =>
  (p: ScriptedPeer): unknown =>
    p.sends(p.headers(1, fields, true));
/** A HEADERS frame whose block is given in octets, behind those of `:method: POST`, `:scheme: http`, `:path: /`. */
const withBlock =
  (...block: number[]) =>
  (p: ScriptedPeer): unknown =>
    p.sends(formatHeaders(1, Uint8Array.of(0x83, 0x86, 0x84, ...block), 0x5));
const sends =
  (...frames: Uint8Array[]) =>
  (p: ScriptedPeer): unknown =>
    p.sends(...frames);
/** Stream 1 is open and waits for its body. */
const open = (p: ScriptedPeer): ScriptedPeer => p.sends(p.headers(1));
const halfClosed = (p: ScriptedPeer): ScriptedPeer => p.sends(p.headers(1, requestFields, true));
const closed = (p: ScriptedPeer): ScriptedPeer => {
  halfClosed(p).connection.sendHeaders(1, { fields: [":status", "200"] }, true);
  return p;
};
const reset = (p: ScriptedPeer): ScriptedPeer => open(p).sends(formatRstStream(1, 8));

const generic: readonly Row[] = [
  ["2: PRIORITY on an idle stream", sends(formatPriority(3, 0)), "fine"],
  ["2: WINDOW_UPDATE, half-closed", (p) => halfClosed(p).sends(formatWindowUpdate(1, 9)), "fine"],
  ["2: PRIORITY, half-closed", (p) => halfClosed(p).sends(formatPriority(1, 0)), "fine"],
  ["2: RST_STREAM, half-closed", (p) => halfClosed(p).sends(formatRstStream(1, 8)), "fine"],
  ["2: PRIORITY, closed", (p) => closed(p).sends(formatPriority(1, 0)), "fine"],
  ["3.1: DATA", (p) => open(p).sends(formatData(1, one, true)), "fine"],
  ["3.1: DATA twice", (p) => open(p).sends(formatData(1, one), formatData(1, one, true)), "fine"],
  ["3.1: DATA with padding", (p) => open(p).sends(formatData(1, one, true, 6)), "fine"],
  ["3.2: HEADERS", (p) => halfClosed(p), "fine"],
  [
    "3.2: HEADERS with padding",
    sends(rawFrame(T.HEADERS, 0xd, 1, [2, 0x83, 0x86, 0x84, 0, 0])),
    "fine",
  ],
  [
    "3.2: HEADERS with priority",
    sends(rawFrame(T.HEADERS, 0x25, 1, [0, 0, 0, 0, 9, 0x83, 0x86, 0x84])),
    "fine",
  ],
  ["3.3: weight 1", sends(rawFrame(T.PRIORITY, 0, 1, [0, 0, 0, 0, 0])), "fine"],
  ["3.3: weight 256", sends(rawFrame(T.PRIORITY, 0, 1, [0, 0, 0, 0, 255])), "fine"],
  ["3.3: a dependency", sends(rawFrame(T.PRIORITY, 0, 3, [0, 0, 0, 1, 9])), "fine"],
  ["3.3: an exclusive one", sends(rawFrame(T.PRIORITY, 0, 3, [128, 0, 0, 1, 9])), "fine"],
  ["3.3: PRIORITY opens nothing", (p) => halfClosed(p.sends(formatPriority(5, 0))), "fine"],
  ["3.4: RST_STREAM", (p) => reset(p), "fine"],
  ["3.5: SETTINGS", sends(formatSettings([3, 100])), "fine"],
  ["3.7: PING", sends(rawFrame(T.PING, 0, 0, zeros(8))), "fine"],
  ["3.9: WINDOW_UPDATE, connection", sends(formatWindowUpdate(0, 1)), "fine"],
  ["3.9: WINDOW_UPDATE, stream", (p) => open(p).sends(formatWindowUpdate(1, 1)), "fine"],
  [
    "3.10: CONTINUATION twice",
    sends(
      formatHeaders(1, Uint8Array.of(0x83), 1),
      formatContinuation(1, Uint8Array.of(0x86), false),
      formatContinuation(1, Uint8Array.of(0x84), true),
    ),
    "fine",
  ],
  ["4: a GET", onlyFields(":method", "GET", ":scheme", "http", ":path", "/"), "fine"],
  ["4: a HEAD", onlyFields(":method", "HEAD", ":scheme", "http", ":path", "/"), "fine"],
  ["4: trailers", (p) => open(p).sends(p.headers(1, ["x", "y"], true)), "fine"],
  ["5: an indexed field", withBlock(0x90), "fine"],
  ["5: added, indexed name", withBlock(0x58, 1, 0x61), "fine"],
  ["5: added, indexed name, Huffman", withBlock(0x58, 0x81, 0x1f), "fine"],
  ["5: added, new name", withBlock(0x40, 1, 0x78, 1, 0x61), "fine"],
  ["5: added, new name, Huffman", withBlock(0x40, 0x81, 0xf3, 0x81, 0x1f), "fine"],
  ["5: not added, indexed name", withBlock(0x0f, 9, 1, 0x61), "fine"],
  ["5: not added, indexed name, Huffman", withBlock(0x0f, 9, 0x81, 0x1f), "fine"],
  ["5: not added, new name", withBlock(0, 1, 0x78, 1, 0x61), "fine"],
  ["5: not added, new name, Huffman", withBlock(0, 0x81, 0xf3, 0x81, 0x1f), "fine"],
  ["5: never added, indexed name", withBlock(0x1f, 9, 1, 0x61), "fine"],
  ["5: never added, indexed name, Huffman", withBlock(0x1f, 9, 0x81, 0x1f), "fine"],
  ["5: never added, new name", withBlock(0x10, 1, 0x78, 1, 0x61), "fine"],
  ["5: never added, new name, Huffman", withBlock(0x10, 0x81, 0xf3, 0x81, 0x1f), "fine"],
  [
    "5: a table size update",
    sends(formatHeaders(1, Uint8Array.of(0x21, 0x83, 0x86, 0x84), 5)),
    "fine",
  ],
  [
    "5: two of them",
    sends(formatHeaders(1, Uint8Array.of(0x20, 0x21, 0x83, 0x86, 0x84), 5)),
    "fine",
  ],
];

const framing: readonly Row[] = [
  ["4.1: an unknown type", sends(rawFrame(0x16, 0, 0, zeros(8))), "fine"],
  ["4.1: unknown flags", sends(rawFrame(T.PING, 0x16, 0, zeros(8))), "fine"],
  ["4.1: the reserved bit", sends(rawFrame(T.PING, 0, 0x80000000, zeros(8))), "fine"],
  ["4.2: DATA of 2^14", (p) => open(p).sends(formatData(1, octets(16_384), true)), "fine"],
  ["4.2: DATA of more", (p) => open(p).sends(formatData(1, octets(16_385))), frameSizeError(1)],
  ["4.2: HEADERS of more", sends(rawFrame(T.HEADERS, 5, 1, zeros(16_385))), frameSizeError(0)],
  [
    "4.3: a block of nonsense",
    sends(formatHeaders(1, Uint8Array.of(0x40), 5)),
    "GOAWAY last=0 COMPRESSION_ERROR",
  ],
  [
    "4.3: PRIORITY inside a block",
    sends(formatHeaders(1, one, 0), formatPriority(1, 0)),
    protocolError(0),
  ],
  [
    "4.3: HEADERS of another stream inside a block",
    (p) => p.sends(formatHeaders(1, one, 0), p.headers(3)),
    protocolError(0),
  ],
  ["5.1.1: an even id", (p) => p.sends(p.headers(2)), protocolError(0)],
  ["5.1.1: a lower id", (p) => p.sends(p.headers(5), p.headers(3)), protocolError(5)],
  [
    "5.4.1: after a connection error nothing counts",
    (p) => p.sends(rawFrame(T.PING, 0, 0, zeros(6)), p.headers(1)),
    frameSizeError(0),
  ],
  ["5.5: an unknown frame", sends(rawFrame(0xff, 0xff, 0, zeros(5))), "fine"],
  [
    "5.5: an unknown frame inside a block",
    sends(formatHeaders(1, one, 0), rawFrame(0xff, 0, 0, [])),
    protocolError(0),
  ],
  ["7: GOAWAY with an unknown code", sends(formatGoaway(0, 0xff)), "GOAWAY last=0 NO_ERROR"],
  ["7: RST_STREAM with an unknown code", (p) => open(p).sends(formatRstStream(1, 0xff)), "fine"],
];

const states: readonly Row[] = [
  ["idle: DATA", sends(formatData(1, one)), protocolError(0)],
  ["idle: RST_STREAM", sends(formatRstStream(1, 8)), protocolError(0)],
  ["idle: WINDOW_UPDATE", sends(formatWindowUpdate(1, 1)), protocolError(0)],
  ["idle: CONTINUATION", sends(formatContinuation(1, one)), protocolError(0)],
  ["half-closed: DATA", (p) => halfClosed(p).sends(formatData(1, one)), streamClosed(1)],
  ["half-closed: HEADERS", (p) => halfClosed(p).sends(p.headers(1)), streamClosed(1)],
  [
    "half-closed: CONTINUATION",
    (p) => halfClosed(p).sends(formatContinuation(1, one)),
    protocolError(1),
  ],
  ["reset: DATA", (p) => reset(p).sends(formatData(1, one)), streamClosed(1)],
  ["reset: HEADERS", (p) => reset(p).sends(p.headers(1)), streamClosed(1)],
  ["reset: CONTINUATION", (p) => reset(p).sends(formatContinuation(1, one)), protocolError(1)],
  ["closed: DATA", (p) => closed(p).sends(formatData(1, one)), streamClosed(1)],
  ["closed: HEADERS", (p) => closed(p).sends(p.headers(1)), streamClosed(1)],
  ["closed: CONTINUATION", (p) => closed(p).sends(formatContinuation(1, one)), protocolError(1)],
  [
    "5.1.2: more streams than are allowed",
    (p) => {
      for (let id = 1; id <= 2001; id += 2) p.sends(p.headers(id));
      for (let i = 0; i < 40; i++) p.connection.wake(0);
    },
    "RST_STREAM 2001 REFUSED_STREAM",
  ],
  [
    "5.3.1: HEADERS that depends on itself",
    sends(rawFrame(T.HEADERS, 0x25, 1, [0, 0, 0, 1, 9, 0x83, 0x86, 0x84])),
    protocolError(0),
  ],
  ["5.3.1: PRIORITY that depends on itself", sends(formatPriority(3, 3)), protocolError(0)],
];

const frames: readonly Row[] = [
  ["6.1: DATA on stream 0", sends(formatData(0, one)), protocolError(0)],
  [
    "6.1: more padding than DATA",
    (p) => open(p).sends(rawFrame(T.DATA, 9, 1, [6, 1, 2])),
    protocolError(1),
  ],
  ["6.2: HEADERS on stream 0", (p) => p.sends(p.headers(0)), protocolError(0)],
  [
    "6.2: more padding than HEADERS",
    sends(rawFrame(T.HEADERS, 0xd, 1, [9, 0x83])),
    protocolError(0),
  ],
  ["6.3: PRIORITY on stream 0", sends(formatPriority(0, 3)), protocolError(0)],
  ["6.3: PRIORITY of 4 octets", sends(rawFrame(T.PRIORITY, 0, 1, zeros(4))), frameSizeError(0)],
  ["6.4: RST_STREAM on stream 0", sends(formatRstStream(0, 8)), protocolError(0)],
  [
    "6.4: RST_STREAM of 3 octets",
    (p) => open(p).sends(rawFrame(T.RST_STREAM, 0, 1, zeros(3))),
    frameSizeError(1),
  ],
  ["6.5: ACK with a payload", sends(rawFrame(T.SETTINGS, 1, 0, zeros(1))), frameSizeError(0)],
  ["6.5: SETTINGS on a stream", sends(rawFrame(T.SETTINGS, 0, 1, zeros(6))), protocolError(0)],
  ["6.5: SETTINGS of 3 octets", sends(rawFrame(T.SETTINGS, 0, 0, zeros(3))), frameSizeError(0)],
  ["6.5.2: ENABLE_PUSH of 2", sends(formatSettings([2, 2])), protocolError(0)],
  [
    "6.5.2: INITIAL_WINDOW_SIZE of 2^31",
    sends(formatSettings([4, 2 ** 31])),
    "GOAWAY last=0 FLOW_CONTROL_ERROR",
  ],
  ["6.5.2: MAX_FRAME_SIZE too small", sends(formatSettings([5, 16_383])), protocolError(0)],
  ["6.5.2: MAX_FRAME_SIZE too large", sends(formatSettings([5, 2 ** 24])), protocolError(0)],
  ["6.5.2: an unknown setting", sends(formatSettings([0xff, 1])), "fine"],
  ["6.5.3: one setting twice", sends(formatSettings([4, 100, 4, 1])), "fine"],
  ["6.7: an ACK of no PING", sends(rawFrame(T.PING, 1, 0, zeros(8))), "fine"],
  ["6.7: PING on a stream", sends(rawFrame(T.PING, 0, 1, zeros(8))), protocolError(0)],
  ["6.7: PING of 6 octets", sends(rawFrame(T.PING, 0, 0, zeros(6))), frameSizeError(0)],
  ["6.8: GOAWAY on a stream", sends(rawFrame(T.GOAWAY, 0, 1, zeros(8))), protocolError(0)],
  ["6.9: an increment of 0", sends(formatWindowUpdate(0, 0)), protocolError(0)],
  [
    "6.9: an increment of 0 on a stream",
    (p) => open(p).sends(formatWindowUpdate(1, 0)),
    protocolError(1),
  ],
  [
    "6.9: WINDOW_UPDATE of 3 octets",
    sends(rawFrame(T.WINDOW_UPDATE, 0, 0, zeros(3))),
    frameSizeError(0),
  ],
  [
    "6.9.1: a connection window above 2^31-1",
    sends(formatWindowUpdate(0, 2 ** 31 - 1), formatWindowUpdate(0, 2 ** 31 - 1)),
    "GOAWAY last=0 FLOW_CONTROL_ERROR",
  ],
  [
    "6.9.1: a stream window above 2^31-1",
    (p) => open(p).sends(formatWindowUpdate(1, 2 ** 31 - 1)),
    "GOAWAY last=1 FLOW_CONTROL_ERROR",
  ],
  [
    "6.9.2: SETTINGS that bring a window above 2^31-1",
    (p) => open(p).sends(formatWindowUpdate(1, 2 ** 30), formatSettings([4, 2 ** 31 - 1])),
    "GOAWAY last=1 FLOW_CONTROL_ERROR",
  ],
  [
    "6.10: CONTINUATION on stream 0",
    sends(formatHeaders(1, one, 0), formatContinuation(0, one)),
    protocolError(0),
  ],
  [
    "6.10: CONTINUATION after END_HEADERS",
    (p) => open(p).sends(formatContinuation(1, one)),
    protocolError(1),
  ],
  [
    "6.10: CONTINUATION after the last one",
    sends(
      formatHeaders(1, Uint8Array.of(0x83, 0x86), 0),
      formatContinuation(1, Uint8Array.of(0x84), true),
      formatContinuation(1, one, true),
    ),
    protocolError(1),
  ],
  [
    "6.10: CONTINUATION after DATA",
    (p) => open(p).sends(formatData(1, one), formatContinuation(1, one)),
    protocolError(1),
  ],
];

const messages: readonly Row[] = [
  ["8.1: a second HEADERS without END_STREAM", (p) => open(p).sends(p.headers(1)), malformed],
  ["8.1.2: an upper-case name", withFields("X-Test", "a"), malformed],
  [
    "8.1.2.1: an unknown pseudo-header field",
    onlyFields(...requestFields, ":test", "a"),
    malformed,
  ],
  ["8.1.2.1: one of responses", onlyFields(...requestFields, ":status", "200"), malformed],
  [
    "8.1.2.1: one in trailers",
    (p) => open(p).sends(p.headers(1, [":method", "A"], true)),
    malformed,
  ],
  ["8.1.2.1: one behind others", onlyFields("x", "y", ...requestFields), malformed],
  ["8.1.2.2: connection", withFields("connection", "keep-alive"), malformed],
  ["8.1.2.2: te with another value", withFields("te", "trailers, deflate"), malformed],
  [
    "8.1.2.3: an empty :path",
    onlyFields(":method", "GET", ":scheme", "http", ":path", ""),
    malformed,
  ],
  ["8.1.2.3: no :method", onlyFields(":scheme", "http", ":path", "/"), malformed],
  ["8.1.2.3: no :scheme", onlyFields(":method", "GET", ":path", "/"), malformed],
  ["8.1.2.3: no :path", onlyFields(":method", "GET", ":scheme", "http"), malformed],
  ["8.1.2.3: :method twice", withFields(":method", "POST"), malformed],
  ["8.1.2.3: :scheme twice", withFields(":scheme", "http"), malformed],
  ["8.1.2.3: :path twice", withFields(":path", "/"), malformed],
  [
    "8.1.2.6: more DATA than content-length",
    (p) =>
      p.sends(
        p.headers(1, [...requestFields, "content-length", "1"]),
        formatData(1, octets(4), true),
      ),
    malformed,
  ],
  [
    "8.1.2.6: more in two frames",
    (p) =>
      p.sends(
        p.headers(1, [...requestFields, "content-length", "1"]),
        formatData(1, one),
        formatData(1, one, true),
      ),
    malformed,
  ],
  [
    "8.2: PUSH_PROMISE",
    (p) => open(p).sends(rawFrame(T.PUSH_PROMISE, 4, 1, [0, 0, 0, 2])),
    protocolError(1),
  ],
];

const broken = "GOAWAY last=0 COMPRESSION_ERROR";
const compression: readonly Row[] = [
  ["2.3.3: an index beyond the tables", withBlock(0xc6), broken],
  ["4.2: a table size update at the end", withBlock(0x21), broken],
  ["5.2: padding of more than 7 bits", withBlock(0x40, 1, 0x78, 0x82, 0x1f, 0xff), broken],
  ["5.2: padding of zeros", withBlock(0x40, 1, 0x78, 0x81, 0x18), broken],
  ["5.2: EOS", withBlock(0x40, 1, 0x78, 0x84, 0xff, 0xff, 0xff, 0xff), broken],
  ["6.1: index 0", withBlock(0x80), broken],
  [
    "6.3: a table larger than was allowed",
    sends(formatHeaders(1, Uint8Array.of(0x3f, 0xe2, 0x1f, 0x83, 0x86, 0x84), 5)),
    broken,
  ],
];

describe.each([
  ["generic", generic],
  ["http2 4, 5.4, 5.5, 7", framing],
  ["http2 5", states],
  ["http2 6", frames],
  ["http2 8", messages],
  ["hpack", compression],
])("%s", (_suite, rows) => {
  test.each(rows)("%s", (_what, act, expected) => {
    const peer = new ScriptedPeer("server").greet();
    act(peer);
    const said = peer.shows().filter((line) => /^(GOAWAY|RST_STREAM)/.test(line));
    if (expected === "fine") expect(said).toEqual([]);
    else expect(said.at(-1)).toBe(expected);
    expect(peer.connection.isClosed).toBe(expected.startsWith("GOAWAY"));
    peer.heard();
    peer.sends(peer.headers(4001));
    // Whatever was wrong with a stream, the tables of HPACK are in step, and others go on.
    if (!expected.startsWith("GOAWAY")) expect(peer.connection.isClosed).toBe(false);
    else expect(peer.heard()).toEqual([]);
  });
});

test("SETTINGS that come before a response and shrink its windows hold it up, octet by octet", () => {
  const peer = new ScriptedPeer("server").greet();
  peer.sends(formatSettings([4, 1]), peer.headers(1, requestFields, true));
  peer.connection.sendHeaders(1, { fields: [":status", "200"] }, false);
  peer.connection.sendData(1, octets(3), true);
  expect(peer.shows()).toEqual(["SETTINGS ACK", "HEADERS 1 :status=200", "DATA 1 1"]);
  peer.sends(formatSettings([4, 2]));
  expect(peer.shows()).toEqual(["SETTINGS ACK", "DATA 1 1"]);
  peer.sends(formatSettings([4, 0]), formatWindowUpdate(1, 2));
  expect(peer.shows()).toEqual(["SETTINGS ACK"]);
  peer.sends(formatWindowUpdate(1, 1));
  expect(peer.shows()).toEqual(["DATA 1 1 END"]);
});

test("the last id there is opens a stream like any other", () => {
  const peer = new ScriptedPeer("server").greet();
  peer.sends(peer.headers(2 ** 31 - 1, requestFields, true));
  peer.connection.sendHeaders(2 ** 31 - 1, { fields: [":status", "200"] }, true);
  expect(peer.shows()).toEqual(["HEADERS 2147483647 :status=200 END"]);
  peer.connection.goAway(0);
  expect(peer.shows()).toEqual(["GOAWAY last=2147483647 NO_ERROR"]);
});
