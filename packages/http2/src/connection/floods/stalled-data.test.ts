// DATA that a peer does not take: what may wait, for how long, and what counts as taking it.
import { describe, expect, test } from "vitest";
import { formatSettings } from "../../frame/settings.js";
import { formatWindowUpdate } from "../../frame/window-update.js";
import { requestFields, ScriptedPeer } from "../../testing/scripted-peer.js";
import type { ConnectionLimits } from "../limits.js";

const ok = { fields: [":status", "200"] };
const kib64 = new Uint8Array(65_536);

/** A server with 400 KiB queued for a client that keeps its stream window shut. */
function hoarding(limits: Partial<ConnectionLimits>): ScriptedPeer {
  const peer = new ScriptedPeer("server", { limits }).greet();
  peer.sends(formatSettings([4, 0]), formatWindowUpdate(0, 1 << 24), peer.headers(1));
  peer.connection.sendHeaders(1, ok, false);
  for (let i = 0; i < 8; i++) peer.connection.sendData(1, kib64, false);
  peer.shows();
  peer.heard();
  return peer;
}

describe("more than maxStalledBytes", () => {
  const limits = { maxStalledBytes: 400_000 };

  test("after a second nothing new is begun, after five the connection ends", () => {
    const peer = hoarding(limits);
    expect(peer.connection.stats.queuedBytes).toBe(524_288);
    expect(peer.connection.wakeAt()).toBe(5000);
    peer.waits(999).sends(peer.headers(3));
    expect(peer.shows()).toEqual([]);
    peer.waits(1).sends(peer.headers(5));
    expect(peer.shows()).toEqual(["RST_STREAM 5 REFUSED_STREAM"]);
    peer.waits(3999);
    expect(peer.connection.isClosed).toBe(false);
    peer.waits(1);
    expect(peer.shows()).toEqual(["GOAWAY last=3 ENHANCE_YOUR_CALM"]);
    expect(peer.goawayDebug).toBe(
      "maxStalledBytes: 524288 bytes of DATA wait, and the peer has taken none for 5000 ms",
    );
    expect(peer.connection.stats).toMatchObject({ breached: "maxStalledBytes", queuedBytes: 0 });
  });

  test("a peer that takes 64 KiB in that time has time again", () => {
    const peer = hoarding(limits);
    peer.waits(4000).sends(formatWindowUpdate(1, 65_536));
    peer.shows();
    peer.sends(peer.headers(3)).waits(1000);
    expect(peer.heard().at(-1)).toMatch(/^3 opened/);
    expect(peer.connection.isClosed).toBe(false);
    peer.waits(5000);
    expect(peer.connection.stats.breached).toBe("maxStalledBytes");
  });

  test("one that takes it byte by byte has not", () => {
    const peer = hoarding(limits);
    for (let i = 0; i < 4; i++) {
      peer.waits(1000).sends(formatWindowUpdate(1, 1));
      peer.shows();
    }
    peer.waits(1000);
    expect(peer.connection.stats.breached).toBe("maxStalledBytes");
  });

  test("less than that may wait as long as it likes", () => {
    const peer = hoarding(limits);
    peer.sends(formatWindowUpdate(1, 131_072));
    peer.shows();
    peer.waits(5000).waits(1_000_000);
    expect(peer.connection.isClosed).toBe(false);
  });
});

describe("writeStallTimeoutMs", () => {
  const limits = { writeStallTimeoutMs: 2000 };

  test("is off unless it is asked for", () => {
    expect(hoarding({}).waits(3_600_000).connection.isClosed).toBe(false);
  });

  test("ends a connection on which a single byte waits and none is taken", () => {
    const peer = hoarding(limits);
    peer.waits(1500).sends(formatWindowUpdate(1, 1));
    peer.shows();
    peer.waits(500);
    expect(peer.connection.isClosed).toBe(false);
    peer.waits(2000);
    expect(peer.shows()).toEqual(["GOAWAY last=1 ENHANCE_YOUR_CALM"]);
    expect(peer.goawayDebug).toBe(
      "writeStallTimeoutMs: 524287 bytes of DATA wait, and the peer has taken none for 2000 ms",
    );
  });

  test("is over when all is taken", () => {
    const peer = hoarding(limits);
    peer.sends(formatWindowUpdate(1, 1 << 20));
    while (peer.shows().length > 0);
    peer.waits(2000).waits(2000);
    expect(peer.connection.isClosed).toBe(false);
    expect(peer.connection.stats.queuedBytes).toBe(0);
  });

  test("a stream that is reset takes what it queued with it", () => {
    const peer = hoarding(limits);
    peer.connection.resetStream(1, 8);
    expect(peer.connection.stats.queuedBytes).toBe(0);
    peer.sends(peer.headers(3, requestFields, true)).waits(2000);
    expect(peer.connection.isClosed).toBe(false);
  });
});

test("many streams with shut windows get less to queue each, once they have queued 4 MiB together", () => {
  const peer = new ScriptedPeer("server").greet();
  peer.sends(formatSettings([4, 0]));
  const accepted = Array.from({ length: 100 }, (_, i) => {
    const id = 2 * i + 1;
    peer.sends(peer.headers(id));
    peer.shows();
    peer.connection.sendHeaders(id, ok, false);
    let count = 1;
    while (peer.connection.sendData(id, new Uint8Array(16_384), false)) count++;
    return count;
  });
  expect(accepted.slice(0, 51)).toEqual(Array(51).fill(5));
  expect(accepted.slice(52)).toEqual(Array(48).fill(1));
  // One that takes what it has goes on.
  peer.heard();
  peer.sends(formatWindowUpdate(199, 16_384));
  peer.shows();
  expect(peer.heard()).toEqual(["199 writable"]);
});
