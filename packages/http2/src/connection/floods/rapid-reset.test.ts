// Requests that are taken back, and handlers that live on: what is an attack, and what is a storm of deadlines.
import { describe, expect, test } from "vitest";
import { formatData } from "../../frame/data.js";
import { ErrorCode } from "../../frame/error-code.js";
import { formatRstStream } from "../../frame/rst-stream.js";
import { formatSettings } from "../../frame/settings.js";
import { requestFields, ScriptedPeer } from "../../testing/scripted-peer.js";
import type { ConnectionLimits } from "../limits.js";

const ok = { fields: [":status", "200"] };
const idOf = (i: number): number => 2 * i + 1;

function cancel(peer: ScriptedPeer, i: number, afterMs = 0): void {
  peer.sends(peer.headers(idOf(i), requestFields, true));
  peer.nowMs += afterMs;
  peer.sends(formatRstStream(idOf(i), 8));
  peer.shows();
}

function wakeLater(peer: ScriptedPeer, afterMs: number): void {
  peer.nowMs += afterMs;
  peer.connection.wake(peer.nowMs);
}

/** Sends and lets pass what pauses there are. */
function cancelSlowly(peer: ScriptedPeer, i: number): void {
  cancel(peer, i);
  while (peer.connection.wakeAt() === peer.nowMs + 10) wakeLater(peer, 10);
  peer.shows();
}

function complete(peer: ScriptedPeer, i: number): void {
  peer.sends(peer.headers(idOf(i), requestFields, true));
  peer.connection.sendHeaders(idOf(i), ok, true);
  peer.shows();
}

describe("resets at once (CVE-2023-44487)", () => {
  test("end the connection at the 500th", () => {
    const peer = new ScriptedPeer("server").greet();
    for (let i = 0; i < 499; i++) cancelSlowly(peer, i);
    expect(peer.connection.isClosed).toBe(false);
    peer.sends(peer.headers(idOf(499)), formatRstStream(idOf(499), 8));
    wakeLater(peer, 10);
    expect(peer.shows()).toEqual(["GOAWAY last=999 ENHANCE_YOUR_CALM"]);
    expect(peer.goawayDebug).toBe("maxResetRatio: 500 of 500 streams were reset at once");
    const { breached, prematureResets, resetsReceived } = peer.connection.stats;
    expect([breached, prematureResets, resetsReceived]).toEqual(["maxResetRatio", 500, 500]);
  });

  test("do nothing as long as they are less than half", () => {
    const peer = new ScriptedPeer("server").greet();
    for (let i = 0; i < 5000; i++) {
      if (i % 2 === 0) complete(peer, i);
      else cancel(peer, i);
    }
    expect(peer.connection.isClosed).toBe(false);
    expect(peer.connection.stats.prematureResets).toBe(2500);
  });

  test("are not made up for by good behaviour long ago", () => {
    const peer = new ScriptedPeer("server").greet();
    let i = 0;
    while (i < 10_000) complete(peer, i++);
    while (!peer.connection.isClosed && i < 40_000) cancelSlowly(peer, i++);
    expect(peer.connection.stats.breached).toBe("maxResetRatio");
    expect(i).toBeLessThan(30_000);
  });

  test("are something else than deadlines, however many pass", () => {
    const peer = new ScriptedPeer("server").greet();
    for (let i = 0; i < 3000; i++) cancel(peer, i, 20);
    expect(peer.connection.isClosed).toBe(false);
    expect(peer.connection.stats).toMatchObject({ resetsReceived: 3000, prematureResets: 0 });
  });

  test("are something else than an answer cut short", () => {
    const peer = new ScriptedPeer("server").greet();
    for (let i = 0; i < 1000; i++) {
      peer.sends(peer.headers(idOf(i), requestFields, true));
      peer.connection.sendHeaders(idOf(i), ok, false);
      peer.sends(formatRstStream(idOf(i), 8));
      peer.shows();
    }
    expect(peer.connection.isClosed).toBe(false);
  });
});

describe("a peer most of whose streams were taken back at once", () => {
  /** 63 premature resets, with `resetSample` an eighth of which is 62.5. */
  function suspect(limits: Partial<ConnectionLimits> = {}): ScriptedPeer {
    const peer = new ScriptedPeer("server", { limits }).greet();
    for (let i = 0; i < 63; i++) cancel(peer, i);
    peer.heard();
    return peer;
  }

  function sendsBurst(peer: ScriptedPeer, from: number, count: number): void {
    for (let i = from; i < from + count; i++) peer.sends(peer.headers(idOf(i)));
  }

  test("has a turn every 10 ms, whatever is written and whoever wakes the connection", () => {
    const peer = suspect();
    // The 63rd has begun a turn: itself and its reset.
    sendsBurst(peer, 63, 40);
    expect(peer.heard()).toHaveLength(30);
    expect(peer.connection.wantsTurn).toBe(false);
    expect(peer.connection.wakeAt()).toBe(10);
    peer.shows();
    peer.connection.wake(9);
    expect(peer.heard()).toEqual([]);
    peer.connection.wake(10);
    expect(peer.heard()).toHaveLength(10);
    expect(peer.connection.wantsTurn).toBe(false);
    expect(peer.connection.wakeAt()).not.toBe(20);
  });

  test("does not have older streams for that", () => {
    const peer = suspect({ prematureResetMs: 5 });
    sendsBurst(peer, 63, 32);
    peer.sends(formatRstStream(idOf(63), 8));
    wakeLater(peer, 10);
    expect(peer.connection.stats).toMatchObject({ resetsReceived: 64, prematureResets: 64 });
    wakeLater(peer, 5);
    peer.sends(formatRstStream(idOf(64), 8));
    expect(peer.connection.stats).toMatchObject({ resetsReceived: 65, prematureResets: 64 });
  });

  test("is as good as others once more has ended well", () => {
    const peer = suspect();
    for (let i = 63; i < 126; i++) {
      complete(peer, i);
      wakeLater(peer, 10);
    }
    peer.heard();
    sendsBurst(peer, 126, 40);
    expect(peer.heard()).toHaveLength(32);
    expect(peer.connection.wantsTurn).toBe(true);
  });

  test("does not wait where that is switched off", () => {
    const peer = suspect({ resetPauseMs: 0 });
    sendsBurst(peer, 63, 40);
    peer.connection.wake(0);
    expect(peer.heard()).toHaveLength(40);
  });
});

describe("streams are refused", () => {
  test("while as many handlers are at work as there may be streams, though theirs are gone", () => {
    const peer = new ScriptedPeer("server", { limits: { maxConcurrentStreams: 2 } }).greet();
    cancel(peer, 0);
    cancel(peer, 1);
    peer.sink.liveHandlers = 2;
    peer.sends(peer.headers(5));
    expect(peer.shows()).toEqual(["RST_STREAM 5 REFUSED_STREAM"]);
    peer.sink.liveHandlers = 1;
    peer.sends(peer.headers(7));
    expect(peer.heard().at(-1)).toMatch(/^7 opened/);
    expect(peer.connection.stats).toMatchObject({ streamsRefused: 1, errorResets: 0 });
  });

  test("for as long as the heads of live ones are too large together", () => {
    // The request head is counted with 3 x 32 + 39 bytes, its long field with 32 + 1001.
    const limits = { maxLiveHeaderBytes: 2500 };
    const peer = new ScriptedPeer("server", { limits }).greet();
    const fields = [...requestFields, "x", "y".repeat(1000)];
    peer.sends(peer.headers(1, fields), peer.headers(3, fields), peer.headers(5, fields));
    expect(peer.shows()).toEqual(["RST_STREAM 5 REFUSED_STREAM"]);
    peer.sends(formatRstStream(1, 8), peer.headers(7, fields));
    expect(peer.shows()).toEqual([]);
    expect(peer.connection.stats.streamsRefused).toBe(1);
  });

  test("and a client that knows the limit and goes on is left", () => {
    const limits = { maxConcurrentStreams: 1, errorResetBurst: 10 };
    const peer = new ScriptedPeer("server", { limits });
    peer.sends(ScriptedPeer.preface("server"));
    // Before its ACK it may not know.
    for (let i = 0; i < 30; i++) peer.sends(peer.headers(idOf(i)));
    peer.shows();
    expect(peer.connection.stats.streamsRefused).toBe(29);
    peer.sends(formatSettings([], true));
    for (let i = 30; i < 40; i++) peer.sends(peer.headers(idOf(i)));
    expect(peer.connection.isClosed).toBe(false);
    peer.sends(peer.headers(idOf(40)));
    expect(peer.shows().at(-1)).toBe("GOAWAY last=1 ENHANCE_YOUR_CALM");
    expect(peer.goawayDebug).toBe("errorResetBurst: more than 10 streams with faults");
  });
});

describe("32 new streams are a turn", () => {
  function burst(peer: ScriptedPeer, from: number, count: number): Uint8Array {
    const bytes: number[] = [];
    for (let i = from; i < from + count; i++) bytes.push(...peer.headers(idOf(i)));
    return Uint8Array.from(bytes);
  }

  test("the rest waits, and later bytes behind it", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(burst(peer, 0, 50), burst(peer, 50, 5));
    expect(peer.heard()).toHaveLength(32);
    expect(peer.connection.wantsTurn).toBe(true);
    expect(peer.connection.isCongested).toBe(false);
    peer.connection.wake(0);
    expect(peer.heard()).toHaveLength(23);
    expect(peer.connection.wantsTurn).toBe(false);
    expect(peer.connection.stats.turnsYielded).toBe(1);
  });

  test("writing ends a turn, too", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(burst(peer, 0, 32));
    peer.connection.take();
    peer.sends(burst(peer, 32, 32));
    expect(peer.connection.wantsTurn).toBe(false);
  });

  test("a reset takes as much of it as a stream", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(burst(peer, 0, 30));
    peer.shows();
    expect(peer.heard()).toHaveLength(30);
    const resets = Array.from({ length: 30 }, (_, i) => [...formatRstStream(idOf(i), 8)]);
    peer.sends(burst(peer, 30, 20), Uint8Array.from(resets.flat()));
    expect(peer.heard()).toHaveLength(32);
    expect(peer.connection.wantsTurn).toBe(true);
    peer.connection.wake(0);
    expect(peer.heard()).toHaveLength(18);
  });

  test("32 small DATA frames count as one stream", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(peer.headers(1));
    peer.heard();
    const tiny = formatData(1, Uint8Array.of(1));
    peer.sends(Uint8Array.from(Array.from({ length: 2000 }, () => [...tiny]).flat()));
    expect(peer.heard()).toHaveLength(31 * 32);
    expect(peer.connection.wantsTurn).toBe(true);
    peer.connection.wake(0);
    expect(peer.heard()).toHaveLength(2000 - 31 * 32);
    expect(peer.connection.wantsTurn).toBe(false);
  });

  test("when much waits, reading stops", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(burst(peer, 0, 33), new Uint8Array(65_536));
    expect(peer.connection.isCongested).toBe(true);
  });

  test("an end in between drops what waits", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(burst(peer, 0, 40));
    peer.connection.goAway(ErrorCode.NO_ERROR);
    expect(peer.connection.wantsTurn).toBe(false);
    peer.heard();
    peer.connection.wake(1);
    expect(peer.heard()).toEqual([]);
  });
});
