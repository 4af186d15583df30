// Flow control in both directions, seen from the wire (RFC 9113 s5.2, s6.9).
import { describe, expect, test } from "vitest";
import { formatData } from "../frame/data.js";
import { formatRstStream } from "../frame/rst-stream.js";
import { formatSettings } from "../frame/settings.js";
import { formatWindowUpdate } from "../frame/window-update.js";
import { requestFields, ScriptedPeer } from "../testing/scripted-peer.js";

const ok = { fields: [":status", "200"] };
const end = { fields: ["x-end", "1"] };

function answering(options: ConstructorParameters<typeof ScriptedPeer>[1] = {}): ScriptedPeer {
  const peer = new ScriptedPeer("server", options).greet();
  peer.sends(peer.headers(1, requestFields, true));
  peer.connection.sendHeaders(1, ok, false);
  peer.shows();
  peer.heard();
  return peer;
}

describe("sending", () => {
  test("stops at the stream window, keeps trailers behind DATA, goes on with WINDOW_UPDATE", () => {
    const peer = answering();
    peer.sends(formatSettings([4, 10]));
    peer.shows();
    expect(peer.connection.sendData(1, new Uint8Array(25), false)).toBe(true);
    peer.connection.sendHeaders(1, end, true);
    expect(peer.shows()).toEqual(["DATA 1 10"]);
    peer.sends(formatWindowUpdate(1, 14));
    expect(peer.shows()).toEqual(["DATA 1 14"]);
    peer.sends(formatWindowUpdate(1, 14));
    expect(peer.shows()).toEqual(["DATA 1 1", "HEADERS 1 x-end=1 END"]);
    expect(peer.connection.activeStreams).toBe(0);
  });

  test("says beforehand whether nothing will have to wait", () => {
    const peer = answering();
    const { connection } = peer;
    expect(connection.sendsAtOnce(1, 65_535)).toBe(true);
    expect(connection.sendsAtOnce(1, 65_536)).toBe(false);
    expect(connection.sendsAtOnce(3, 1)).toBe(false);
    peer.sends(formatSettings([4, 1 << 20]), formatWindowUpdate(0, 1 << 20));
    peer.shows();
    // What is taken at a time, less room for the heads of frames.
    expect(connection.sendsAtOnce(1, 261_120)).toBe(true);
    expect(connection.sendsAtOnce(1, 261_121)).toBe(false);
    connection.sendData(1, new Uint8Array(200_000), false);
    expect(connection.sendsAtOnce(1, 62_000)).toBe(false);
    peer.shows();
    expect(connection.sendsAtOnce(1, 62_000)).toBe(true);
    connection.sendData(1, new Uint8Array(1 << 20), false);
    peer.shows();
    expect(connection.sendsAtOnce(1, 1)).toBe(false);
  });

  test("stops at the connection window", () => {
    const peer = answering();
    peer.sends(formatSettings([4, 1 << 20]));
    peer.shows();
    peer.connection.sendData(1, new Uint8Array(65_536), true);
    expect(peer.shows()).toEqual(["DATA 1 16384", "DATA 1 16384", "DATA 1 16384", "DATA 1 16383"]);
    peer.sends(formatWindowUpdate(0, 5));
    expect(peer.shows()).toEqual(["DATA 1 1 END"]);
  });

  test("a window that SETTINGS drove negative must be paid off first", () => {
    const peer = answering();
    peer.connection.sendData(1, new Uint8Array(65_535), false);
    peer.sends(formatWindowUpdate(0, 1 << 20));
    expect(peer.shows()).toHaveLength(4);
    peer.sends(formatSettings([4, 100]));
    peer.connection.sendData(1, new Uint8Array(50), false);
    peer.sends(formatWindowUpdate(1, 65_435));
    expect(peer.shows()).toEqual(["SETTINGS ACK"]);
    peer.sends(formatWindowUpdate(1, 20));
    expect(peer.shows()).toEqual(["DATA 1 20"]);
    peer.sends(formatSettings([4, 65_535]));
    expect(peer.shows()).toEqual(["SETTINGS ACK", "DATA 1 30"]);
  });

  test("SETTINGS that push a window above 2^31-1 end the connection", () => {
    const peer = answering();
    peer.sends(formatWindowUpdate(1, 2 ** 31 - 1 - 65_535), formatSettings([4, 65_536]));
    expect(peer.shows()).toEqual(["GOAWAY last=1 FLOW_CONTROL_ERROR"]);
  });

  test("END_STREAM alone needs no window", () => {
    const peer = answering();
    peer.sends(formatSettings([4, 0]));
    peer.connection.sendData(1, new Uint8Array(0), true);
    expect(peer.shows()).toEqual(["SETTINGS ACK", "DATA 1 0 END"]);
  });

  test("streams take turns, frame by frame", () => {
    const peer = answering();
    peer.sends(peer.headers(3, requestFields, true));
    peer.connection.sendHeaders(3, ok, false);
    peer.shows();
    peer.connection.sendData(1, new Uint8Array(65_535), false);
    peer.shows();
    peer.connection.sendData(1, new Uint8Array(40_000), true);
    peer.connection.sendData(3, new Uint8Array(20_000), true);
    peer.sends(formatWindowUpdate(1, 100_000), formatWindowUpdate(0, 100_000));
    expect(peer.shows()).toEqual([
      "DATA 3 16384",
      "DATA 1 16384",
      "DATA 3 3616 END",
      "DATA 1 16384",
      "DATA 1 7232 END",
    ]);
  });

  test("a slow reader stops the sender, and lets it go on at the low-water mark", () => {
    const peer = answering();
    peer.sends(formatSettings([4, 0]));
    peer.shows();
    peer.heard();
    let accepted = 0;
    while (peer.connection.sendData(1, new Uint8Array(8192), false)) accepted += 8192;
    expect(accepted).toBe(65_536);
    peer.sends(formatWindowUpdate(1, 40_959));
    peer.shows();
    expect(peer.heard()).toEqual([]);
    peer.sends(formatWindowUpdate(1, 1));
    peer.shows();
    expect(peer.heard()).toEqual(["1 writable"]);
  });

  test("a transport that takes nothing stops all senders", () => {
    const limits = { connectionHighWaterBytes: 300_000 };
    const peer = answering({ limits });
    peer.sends(formatSettings([4, 1 << 20]), formatWindowUpdate(0, 1 << 20));
    expect(peer.connection.sendData(1, new Uint8Array(262_144), false)).toBe(true);
    expect(peer.connection.sendData(1, new Uint8Array(50_000), false)).toBe(false);
    peer.shows();
    expect(peer.heard()).toContain("1 writable");
  });

  test("streams that wait for their own windows do not stop the others", () => {
    const limits = { connectionHighWaterBytes: 100_000 };
    const peer = answering({ limits });
    peer.sends(formatSettings([4, 0]), formatWindowUpdate(0, 1 << 20));
    for (let id = 1; id <= 9; id += 2) {
      if (id > 1) {
        peer.sends(peer.headers(id, requestFields, true));
        peer.connection.sendHeaders(id, ok, false);
      }
      peer.connection.sendData(id, new Uint8Array(50_000), false);
    }
    peer.sends(peer.headers(11, requestFields, true), formatWindowUpdate(11, 1000));
    peer.connection.sendHeaders(11, ok, false);
    expect(peer.connection.sendData(11, new Uint8Array(900), false)).toBe(true);
  });

  test("room that comes from a reset is told to those who wait", () => {
    const limits = { connectionHighWaterBytes: 20_000 };
    const peer = answering({ limits });
    peer.sends(peer.headers(3, requestFields, true));
    peer.connection.sendHeaders(3, ok, false);
    peer.connection.sendData(1, new Uint8Array(65_535), false);
    peer.shows();
    peer.heard();
    peer.connection.sendData(1, new Uint8Array(30_000), false);
    peer.sends(formatWindowUpdate(1, 100_000));
    expect(peer.connection.sendData(3, new Uint8Array(10), false)).toBe(false);
    expect(peer.connection.pendingBytes).toBe(0);
    peer.sends(formatRstStream(1, 8));
    expect(peer.connection.pendingBytes).toBeGreaterThan(0);
    peer.shows();
    expect(peer.heard().at(-1)).toBe("3 writable");
  });

  test("a reset drops what is queued", () => {
    const peer = answering();
    peer.sends(formatSettings([4, 0]));
    peer.connection.sendData(1, new Uint8Array(100), false);
    peer.connection.sendHeaders(1, end, true);
    peer.shows();
    peer.sends(formatRstStream(1, 8), formatSettings([4, 1000]));
    expect(peer.shows()).toEqual(["SETTINGS ACK"]);
    expect(peer.connection.pendingBytes).toBe(0);
  });
});

describe("receiving", () => {
  const limits = {
    streamWindowBytes: 100_000,
    connectionWindowBytes: 200_000,
    maxUnreadBytes: 300_000,
    adaptiveWindows: false,
  };
  const kib16 = new Uint8Array(16_384);

  function uploading(): ScriptedPeer {
    const peer = new ScriptedPeer("server", { limits });
    expect(peer.shows()[1]).toBe("WINDOW_UPDATE 0 +134465");
    peer.greet();
    peer.sends(peer.headers(1), peer.headers(3), peer.headers(5), peer.headers(7));
    peer.heard();
    return peer;
  }

  test("the stream window opens when the application reads, the connection window at once", () => {
    const peer = uploading();
    for (let i = 0; i < 4; i++) peer.sends(formatData(1, kib16));
    expect(peer.shows()).toEqual(["WINDOW_UPDATE 0 +65536"]);
    peer.connection.consume(1, 24_999);
    expect(peer.shows()).toEqual([]);
    peer.connection.consume(1, 1);
    expect(peer.shows()).toEqual(["WINDOW_UPDATE 1 +25000"]);
  });

  test("a stream that has ended is kept for as long as something of it is unread", () => {
    const peer = uploading();
    peer.sends(formatData(1, kib16, true));
    peer.connection.sendHeaders(1, { fields: [":status", "200"] }, true);
    peer.connection.consume(1, 16_383);
    expect(() => peer.connection.consume(1, 2)).toThrow(
      "consuming 2 bytes on stream 1: 1 are unread",
    );
    peer.connection.consume(1, 1);
    expect(() => peer.connection.consume(1, 2)).not.toThrow();
  });

  test("a stream window overrun resets the stream and gives the connection window back", () => {
    const peer = uploading();
    for (let i = 0; i < 7; i++) peer.sends(formatData(1, kib16));
    expect(peer.shows()).toEqual(["WINDOW_UPDATE 0 +65536", "RST_STREAM 1 FLOW_CONTROL_ERROR"]);
    expect(peer.heard().at(-1)).toBe("1 reset local FLOW_CONTROL_ERROR");
    peer.sends(formatData(1, new Uint8Array(848)));
    expect(peer.shows()).toEqual(["WINDOW_UPDATE 0 +50000"]);
  });

  test("held DATA never exceeds the budget together with the window", () => {
    const peer = uploading();
    for (const id of [1, 3, 5]) {
      for (let i = 0; i < 5; i++) peer.sends(formatData(id, kib16));
    }
    // 245,760 bytes are held; 54,240 more would do, but less than a quarter of the window is not credited.
    expect(peer.shows()).toEqual(["WINDOW_UPDATE 0 +65536"]);
    peer.sends(formatData(7, kib16), formatData(7, new Uint8Array(3392)));
    expect(peer.connection.isClosed).toBe(false);
    peer.connection.consume(1, 20_000);
    expect(peer.shows()).toEqual(["WINDOW_UPDATE 0 +54464"]);
    for (let i = 0; i < 3; i++) peer.sends(formatData(7, kib16));
    peer.sends(formatData(3, new Uint8Array(5312)));
    expect(peer.connection.isClosed).toBe(false);
    peer.sends(formatData(3, new Uint8Array(1)));
    expect(peer.shows()).toEqual(["GOAWAY last=7 FLOW_CONTROL_ERROR"]);
  });

  test("padding is given back though nobody reads it", () => {
    const peer = uploading();
    for (let i = 0; i < 98; i++) peer.sends(formatData(1, new Uint8Array(0), false, 255));
    expect(peer.shows()).toEqual(["WINDOW_UPDATE 1 +25088"]);
    expect(peer.heard()).toEqual([]);
  });

  test("DATA on a stream that was reset here costs the connection nothing", () => {
    const peer = uploading();
    peer.connection.resetStream(1, 8);
    for (let i = 0; i < 40; i++) peer.sends(formatData(1, kib16));
    const credits = peer.shows().filter((line) => line.startsWith("WINDOW_UPDATE 0"));
    expect(credits.length).toBeGreaterThan(5);
    expect(peer.connection.isClosed).toBe(false);
  });

  test("unread DATA of a stream that is gone is given back", () => {
    const peer = uploading();
    for (const id of [1, 3, 5]) for (let i = 0; i < 5; i++) peer.sends(formatData(id, kib16));
    peer.shows();
    peer.sends(formatRstStream(3, 8));
    expect(peer.shows()[0]).toMatch(/^WINDOW_UPDATE 0/);
  });

  test("a smaller window counts from the peer's ACK on", () => {
    const peer = new ScriptedPeer("server", { limits: { streamWindowBytes: 1000 } });
    peer.sends(ScriptedPeer.preface("server"), peer.headers(1), formatData(1, kib16));
    expect(peer.heard().at(-1)).toBe("1 data 16384");
    peer.sends(formatSettings([], true), formatData(1, new Uint8Array(1)));
    expect(peer.shows().at(-1)).toBe("RST_STREAM 1 FLOW_CONTROL_ERROR");
  });
});
