// Each flood, up to its limit and one beyond: the code, the debug data that names the limit, and the counter.
import { describe, expect, test } from "vitest";
import type { Role } from "../../contract.js";
import { formatContinuation } from "../../frame/continuation.js";
import { formatData } from "../../frame/data.js";
import { formatGoaway } from "../../frame/goaway.js";
import { FrameType } from "../../frame/head.js";
import { formatHeaders } from "../../frame/headers.js";
import { formatPing } from "../../frame/ping.js";
import { formatPriority } from "../../frame/priority.js";
import { formatRstStream } from "../../frame/rst-stream.js";
import { formatSettings } from "../../frame/settings.js";
import { formatWindowUpdate } from "../../frame/window-update.js";
import { rawFrame, requestFields, ScriptedPeer } from "../../testing/scripted-peer.js";
import type { ConnectionLimits, LimitName } from "../limits.js";
import type { ConnectionStats } from "../stats.js";

const ping = formatPing(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
const ok = [":status", "200"];

/** A connection with stream 1 open. */
function open(role: Role, limits: Partial<ConnectionLimits> = {}): ScriptedPeer {
  const peer = new ScriptedPeer(role, { limits }).greet();
  if (role === "server") peer.sends(peer.headers(1));
  else {
    const sink = peer.sink.streamSink(() => 1);
    peer.connection.openStream({ fields: requestFields }, false, sink, 0);
    peer.sends(peer.headers(1, ok));
  }
  peer.shows();
  peer.heard();
  return peer;
}

/** The connection has ended by this limit. */
function expectBreach(peer: ScriptedPeer, limit: LimitName, debug: string, last = 1): void {
  expect(peer.shows().at(-1)).toBe(`GOAWAY last=${last} ENHANCE_YOUR_CALM`);
  expect(peer.goawayDebug).toBe(debug);
  expect(peer.connection.stats.breached).toBe(limit);
  expect(peer.sink.closeReason).toMatchObject({ source: "local", code: 0xb, limit });
  expect(peer.connection.isClosed).toBe(true);
}

/** What is sent, how often it is tolerated, the limit that then breaks, and what counts it. */
type Row = readonly [
  name: string,
  frame: (peer: ScriptedPeer, i: number) => Uint8Array,
  tolerated: number,
  limit: LimitName,
  debug: string,
  counter: keyof ConnectionStats,
];

const glitches = "glitchBurst: more than 40 frames without effect";
const rows: readonly Row[] = [
  ["GOAWAY again", () => formatGoaway(1, 0), 41, "glitchBurst", glitches, "glitches"],
  ["PRIORITY", () => formatPriority(3, 0), 40, "glitchBurst", glitches, "glitches"],
  ["unknown frames", () => rawFrame(0x77, 0, 0, [1]), 40, "glitchBurst", glitches, "glitches"],
  [
    "unknown frames of 4 KiB",
    () => rawFrame(0x77, 0, 0, Array(4096).fill(1)),
    8,
    "glitchBurst",
    glitches,
    "glitches",
  ],
  ["PRIORITY_UPDATE", () => rawFrame(0x10, 0, 0, [0]), 40, "glitchBurst", glitches, "glitches"],
  [
    "ACKs of PINGs nobody sent",
    () => rawFrame(FrameType.PING, 1, 0, [1, 6, 1, 8, 0, 3, 3, 9]),
    40,
    "glitchBurst",
    glitches,
    "glitches",
  ],
  [
    "empty DATA",
    () => formatData(1, new Uint8Array(0)),
    100,
    "emptyDataBurst",
    "emptyDataBurst: more than 100 empty DATA frames",
    "emptyDataReceived",
  ],
  [
    "DATA that is all padding",
    () => formatData(1, new Uint8Array(0), false, 255),
    100,
    "emptyDataBurst",
    "emptyDataBurst: more than 100 empty DATA frames",
    "emptyDataReceived",
  ],
  [
    "SETTINGS",
    () => formatSettings([]),
    99,
    "settingsBurst",
    "settingsBurst: more than 100 SETTINGS frames",
    "settingsReceived",
  ],
];

describe.each<Role>(["server", "client"])("to a %s", (role) => {
  // Opening a stream pays for two glitches.
  const limits = { glitchBurst: 40 };

  test.each(rows)("%s", (_name, frame, tolerated, limit, debug, counter) => {
    const peer = open(role, limits);
    for (let i = 0; i < tolerated; i++) {
      peer.sends(frame(peer, i));
      peer.shows();
    }
    expect(peer.connection.isClosed).toBe(false);
    const before = peer.connection.stats[counter] as number;
    peer.sends(frame(peer, tolerated));
    expectBreach(peer, limit, debug, role === "server" ? 1 : 0);
    expect(peer.connection.stats[counter]).toBe(before + 1);
  });

  test.each(rows)("%s, slowly", (_name, frame, tolerated) => {
    const peer = open(role, limits);
    for (let i = 0; i < 2 * tolerated; i++) {
      peer.sends(frame(peer, i));
      peer.shows();
      peer.nowMs += 100;
    }
    expect(peer.connection.isClosed).toBe(false);
  });

  test("WINDOW_UPDATE: two for a stream, twenty for a frame of DATA, and a hundred", () => {
    const peer = open(role);
    peer.connection[role === "server" ? "sendHeaders" : "sendData"](
      1,
      (role === "server" ? { fields: ok } : new Uint8Array(0)) as never,
      false,
    );
    peer.connection.sendData(1, new Uint8Array(10), false);
    for (let i = 0; i < 122; i++) peer.sends(formatWindowUpdate(i % 2, 1));
    expect(peer.connection.isClosed).toBe(false);
    peer.sends(formatWindowUpdate(1, 1));
    const debug = "windowUpdateSlack: 123 WINDOW_UPDATE frames are more than DATA sent explains";
    expectBreach(peer, "windowUpdateSlack", debug, role === "server" ? 1 : 0);
    expect(peer.connection.stats.windowUpdatesReceived).toBe(123);
  });

  test("unread DATA of a byte each", () => {
    const peer = open(role, { maxSmallDataBytes: 25_600 });
    for (let i = 0; i < 100; i++) peer.sends(formatData(1, new Uint8Array(1)));
    expect(peer.connection.stats.smallDataBytes).toBe(25_500);
    peer.sends(formatData(1, new Uint8Array(1)));
    const debug = "maxSmallDataBytes: unread small DATA frames cost more than 25600 bytes";
    expectBreach(peer, "maxSmallDataBytes", debug, role === "server" ? 1 : 0);
  });

  test("DATA of a byte each that is read costs nothing, and half of what is half read", () => {
    const peer = open(role, { maxSmallDataBytes: 25_600 });
    const send = (): void => void peer.sends(formatData(1, new Uint8Array(1)));
    for (let i = 0; i < 60; i++) send();
    peer.connection.consume(1, 30);
    expect(peer.connection.stats.smallDataBytes).toBe((60 * 255) / 2);
    peer.connection.consume(1, 30);
    expect(peer.connection.stats.smallDataBytes).toBe(0);
    peer.sink.hook = (id, _event, bytes) => peer.connection.consume(id, bytes);
    for (let i = 0; i < 1000; i++) send();
    expect(peer.connection.stats.smallDataBytes).toBe(0);
    peer.sink.hook = undefined;
    send();
    peer.sends(formatRstStream(1, 8));
    expect(peer.connection.stats.smallDataBytes).toBe(0);
  });

  test("answers that nobody reads", () => {
    const peer = open(role, { settingsBurst: 10_000 });
    for (let i = 0; i < 100; i++) peer.sends(formatSettings([]));
    expect(peer.connection.isCongested).toBe(false);
    peer.sends(formatSettings([]));
    expect(peer.connection.isCongested).toBe(true);
    for (let i = 101; i < 1001; i++) peer.sends(formatSettings([]));
    const debug = "maxControlFrames: 1001 answers wait to be read, the limit is 1000";
    expectBreach(peer, "maxControlFrames", debug, role === "server" ? 1 : 0);
  });

  test("SETTINGS of 33 entries", () => {
    const peer = open(role);
    peer.sends(formatSettings(new Array<number>(66).fill(9)));
    const debug = "maxSettingsEntries: SETTINGS with 33 entries, the limit is 32";
    expectBreach(peer, "maxSettingsEntries", debug, role === "server" ? 1 : 0);
  });
});

describe("PING", () => {
  const tooMany = "too_many_pings";

  test("a server with a stream takes one every five minutes, and two in between", () => {
    const peer = open("server").sends(ping);
    for (let i = 0; i < 20; i++) peer.waits(300_000).sends(ping);
    expect(peer.connection.stats.pingStrikes).toBe(0);
    peer.waits(299_999).sends(ping, ping);
    expect(peer.connection.stats).toMatchObject({ pingStrikes: 2, pingsReceived: 23 });
    peer.sends(ping);
    expectBreach(peer, "maxPingStrikes", tooMany);
  });

  test("a server without streams takes one every two hours", () => {
    const peer = new ScriptedPeer("server", { limits: { keepaliveTimeMs: Infinity } }).greet();
    peer.sends(ping).waits(7_200_000).sends(ping);
    expect(peer.connection.stats.pingStrikes).toBe(0);
    for (let i = 1; i <= 3; i++) peer.waits(300_000).sends(ping);
    expectBreach(peer, "maxPingStrikes", tooMany, 0);
  });

  test("unless it permits them without calls", () => {
    const limits = { pingsWithoutCalls: true, keepaliveTimeMs: Infinity, minPingIntervalMs: 1000 };
    const peer = new ScriptedPeer("server", { limits }).greet();
    for (let i = 0; i < 9; i++) peer.sends(ping).waits(1000);
    expect(peer.connection.stats.pingStrikes).toBe(0);
  });

  test("HEADERS or DATA sent forgive everything", () => {
    const peer = open("server").sends(ping, ping, ping);
    expect(peer.connection.stats.pingStrikes).toBe(2);
    peer.connection.sendHeaders(1, { fields: ok }, false);
    peer.sends(ping, ping, ping);
    expect(peer.connection.stats.pingStrikes).toBe(2);
    peer.connection.sendData(1, new Uint8Array(1), false);
    peer.sends(ping, ping, ping, ping);
    expectBreach(peer, "maxPingStrikes", tooMany);
  });

  test("a client takes a hundred at once, and ten a second", () => {
    const peer = open("client");
    // The request was sent since the last one: the first is free.
    for (let i = 0; i < 101; i++) {
      peer.sends(ping);
      peer.shows();
    }
    for (let i = 0; i < 50; i++) {
      peer.waits(100).sends(ping);
      peer.shows();
    }
    expect(peer.connection.isClosed).toBe(false);
    peer.sends(ping);
    expectBreach(peer, "pingBurst", tooMany, 0);
  });
});

describe("header blocks", () => {
  test.each<[string, LimitName, (peer: ScriptedPeer) => Uint8Array[], string]>([
    [
      "nine CONTINUATION frames",
      "maxContinuations",
      () => new Array<Uint8Array>(9).fill(formatContinuation(3, new Uint8Array(1), false)),
      "maxContinuations: a header block of more than 8 CONTINUATION frames",
    ],
    [
      "more than 32 KiB",
      "maxHeaderBlockBytes",
      () => [1, 2].map(() => formatContinuation(3, new Uint8Array(16_384), false)),
      "maxHeaderBlockBytes: a header block of more than 32768 bytes",
    ],
    [
      "1-byte references to a large field",
      "maxHeaderListBytes",
      () => [formatContinuation(3, new Uint8Array(30).fill(0xbe))],
      "maxHeaderListBytes: a header list of 76033 bytes, the limit is 16384",
    ],
  ])("of %s", (_name, limit, frames, debug) => {
    const peer = new ScriptedPeer("server").greet();
    // A literal that goes into the table: x, and 2500 times y.
    const large = [0x40, 1, 0x78, 0x7f, 0xc5, 0x12, ...new Array<number>(2500).fill(0x79)];
    peer.sends(formatHeaders(1, Uint8Array.of(0x83, 0x86, 0x84, ...large)));
    peer.sends(formatHeaders(3, new Uint8Array([0x83]), 0), ...frames(peer));
    expectBreach(peer, limit, debug);
  });

  test("blocks that are larger by option may have the frames they need", () => {
    const limits = { maxHeaderBlockBytes: 262_144 };
    const peer = new ScriptedPeer("server", { limits }).greet();
    peer.sends(formatHeaders(3, new Uint8Array(0), 0));
    for (let i = 0; i < 20; i++) peer.sends(formatContinuation(3, Uint8Array.of(0x83), false));
    expect(peer.connection.isClosed).toBe(false);
    peer.sends(formatContinuation(3, Uint8Array.of(0x83), false));
    expect(peer.connection.stats.breached).toBe("maxContinuations");
  });

  test("fields without a name are faults of the stream, and a thousand of those of the connection", () => {
    const peer = new ScriptedPeer("server").greet();
    const nameless = Uint8Array.of(0x83, 0x86, 0x84, 0x40, 0, 0);
    for (let i = 0; i < 1000; i++) {
      peer.sends(formatHeaders(2 * i + 1, nameless));
      if (i === 0) expect(peer.shows()).toEqual(["RST_STREAM 1 PROTOCOL_ERROR"]);
      peer.shows();
    }
    expect(peer.connection.isClosed).toBe(false);
    peer.sends(formatHeaders(2001, nameless));
    const debug = "errorResetBurst: more than 1000 streams with faults";
    expectBreach(peer, "errorResetBurst", debug, 0);
    expect(peer.connection.stats.errorResets).toBe(1001);
  });

  test("lists that are just too large are counted, and cost their stream", () => {
    const peer = open("server");
    peer.sends(peer.headers(3, [...requestFields, "x", "y".repeat(17_000)]));
    expect(peer.shows()).toEqual(["RST_STREAM 3 ENHANCE_YOUR_CALM"]);
    expect(peer.connection.stats).toMatchObject({ oversizedHeaderLists: 1, errorResets: 1 });
  });

  test("lists that are just too large may be answered, which counts as much as a reset", () => {
    const peer = new ScriptedPeer("server", { limits: { errorResetBurst: 2 } }).greet();
    const { connection, sink } = peer;
    const answer = { fields: [":status", "431"] };
    const oversizedHead = (id: number, listBytes: number, endStream: boolean) => {
      sink.lines.push(`oversized ${id} ${listBytes} ${endStream}`);
      connection.sendHeaders(id, answer, true);
      return sink.streamSink(() => id);
    };
    Object.assign(sink, { oversizedHead });
    const large = [...requestFields, "x", "y".repeat(17_000)];
    peer.sends(peer.headers(1, large, true), peer.headers(3, large));
    expect(peer.heard()).toEqual(["oversized 1 17160 true", "oversized 3 17160 false"]);
    expect(peer.shows()).toEqual(["HEADERS 1 :status=431 END", "HEADERS 3 :status=431 END"]);
    expect(connection.activeStreams).toBe(1);
    peer.sends(peer.headers(5, large));
    expectBreach(peer, "errorResetBurst", "errorResetBurst: more than 2 streams with faults", 3);
  });

  test("an application that goes away where it should answer hears of the end", () => {
    const peer = new ScriptedPeer("server").greet();
    const { connection, sink } = peer;
    const oversizedHead = (id: number) => {
      connection.goAway(0);
      return sink.streamSink(() => id);
    };
    Object.assign(sink, { oversizedHead });
    peer.sends(peer.headers(1, [...requestFields, "x", "y".repeat(17_000)]));
    expect(peer.heard()).toEqual(["closed local NO_ERROR", "1 reset connection NO_ERROR"]);
    expect(peer.shows()).toEqual(["GOAWAY last=1 NO_ERROR"]);
  });

  test("an answer with too many small fields resets its stream, and says which limit it was", () => {
    const peer = new ScriptedPeer("client").greet();
    let message = "";
    const sink = { ...peer.sink.streamSink(() => 1) };
    sink.streamReset = (reason) => {
      message = reason.message;
    };
    peer.connection.openStream({ fields: requestFields }, true, sink, 0);
    const fields = Array.from({ length: 129 }, () => ["x", ""]).flat();
    peer.sends(peer.headers(1, [":status", "200", ...fields]));
    expect(peer.shows().at(-1)).toBe("RST_STREAM 1 ENHANCE_YOUR_CALM");
    expect(message).toContain("more than 128 fields (maxHeaderFields)");
  });
});

describe("faults of a server", () => {
  test("reset the client's stream, and are not held against the connection", () => {
    const peer = new ScriptedPeer("client", { limits: { errorResetBurst: 3 } }).greet();
    for (let id = 1; id < 21; id += 2) {
      const sink = peer.sink.streamSink(() => id);
      peer.connection.openStream({ fields: requestFields }, true, sink, 0);
      peer.sends(formatData(id, new Uint8Array(1)));
    }
    expect(peer.connection.isClosed).toBe(false);
    expect(peer.connection.stats.errorResets).toBe(10);
  });
});

test("resets of streams that have just ended are paid for by the streams", () => {
  const peer = new ScriptedPeer("server", { limits: { glitchBurst: 2 } }).greet();
  for (let id = 1; id < 400; id += 2) {
    peer.sends(peer.headers(id, requestFields, true));
    peer.connection.sendHeaders(id, { fields: ok }, true);
    peer.sends(formatRstStream(id, 0), formatPriority(id, 0));
    peer.shows();
  }
  expect(peer.connection.isClosed).toBe(false);
  expect(peer.connection.stats.glitches).toBe(400);
});

describe("honest peers that send small frames (gRPC's HTTP/2 interop cases) are charged nothing", () => {
  const five = new Uint8Array(5);

  test.each([
    ["no_df_padding", undefined],
    ["data_frame_padding", 255],
  ])("%s: 62,832 DATA frames of five bytes", (_name, pad) => {
    const peer = open("client");
    peer.sink.hook = (id, _event, bytes) => peer.connection.consume(id, bytes);
    for (let i = 0; i < 62_832; i++) {
      peer.sends(formatData(1, five, false, pad));
      if (i % 500 === 0) peer.shows();
    }
    expect(peer.connection.isClosed).toBe(false);
    expect(peer.connection.stats).toMatchObject({
      smallDataBytes: 0,
      emptyDataReceived: 0,
      glitches: 0,
    });
  });

  test("even if all of it is read only in the end", () => {
    const peer = open("client");
    for (let i = 0; i < 62_832; i++) {
      peer.sends(formatData(1, five));
      if (i % 500 === 0) peer.shows();
    }
    expect(peer.connection.isClosed).toBe(false);
    peer.connection.consume(1, 62_832 * 5);
    expect(peer.connection.stats.smallDataBytes).toBe(0);
  });
});

describe("SETTINGS that move the windows of many streams", () => {
  /** A server with 1 + `count` streams open. */
  function openMany(count: number): ScriptedPeer {
    const peer = open("server", { maxStreamsPerTurn: 100_000 });
    for (let i = 1; i <= count; i++) peer.sends(peer.headers(1 + 2 * i));
    return peer;
  }
  const move = (i: number): Uint8Array => formatSettings([4, i % 2 === 0 ? 0 : 65_535]);

  test("count as more, the more streams there are", () => {
    const peer = openMany(511);
    let sent = 0;
    while (!peer.connection.isClosed) peer.sends(move(sent++));
    // Each one counts five times: once as itself, and four times for 512 streams.
    expect(sent).toBeGreaterThanOrEqual(100 / 5);
    expect(sent).toBeLessThanOrEqual(100 / 5 + 1);
    expectBreach(peer, "settingsBurst", "settingsBurst: more than 100 SETTINGS frames", 1023);
  });

  test("leave a peer alone that doubles its windows eight times", () => {
    const peer = openMany(900);
    for (let i = 0; i < 8; i++) peer.sends(formatSettings([4, 65_535 * 2 ** (i + 1)]));
    expect(peer.connection.isClosed).toBe(false);
  });
});
