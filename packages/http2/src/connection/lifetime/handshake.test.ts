// The times a peer has: for its preface, its SETTINGS, its ACKs, and the end of a header block.
import { describe, expect, test } from "vitest";
import { formatContinuation } from "../../frame/continuation.js";
import { formatHeaders } from "../../frame/headers.js";
import { formatSettings } from "../../frame/settings.js";
import { requestFields, ScriptedPeer } from "../../testing/scripted-peer.js";
import { createConnection } from "../create-connection.js";
import { connectionMagic } from "../magic.js";

describe("the handshake", () => {
  test.each<[string, "server" | "client", Uint8Array[], string]>([
    ["a server hears nothing", "server", [], "the peer's SETTINGS"],
    [
      "a server hears half the preface",
      "server",
      [connectionMagic.slice(0, 12)],
      "the peer's SETTINGS",
    ],
    ["a server hears no SETTINGS", "server", [connectionMagic], "the peer's SETTINGS"],
    ["a server gets no ACK", "server", [ScriptedPeer.preface("server")], "the ACK of ours"],
    ["a client hears nothing", "client", [], "the peer's SETTINGS"],
    ["a client gets no ACK", "client", [formatSettings([])], "the ACK of ours"],
  ])("%s for 20 seconds", (_name, role, bytes, missing) => {
    const peer = new ScriptedPeer(role, { nowMs: 500 });
    peer.nowMs = 500;
    peer.sends(...bytes).waits(19_999);
    expect(peer.connection.isClosed).toBe(false);
    peer.waits(1);
    expect(peer.shows().at(-1)).toBe("GOAWAY last=0 SETTINGS_TIMEOUT");
    expect(peer.goawayDebug).toBe(`handshakeTimeoutMs: ${missing} did not come within 20000 ms`);
    expect(peer.sink.closeReason).toMatchObject({ code: 4, limit: "handshakeTimeoutMs" });
  });

  test("done in time it is forgotten", () => {
    const peer = new ScriptedPeer("client").greet();
    expect(peer.connection.wakeAt()).toBeUndefined();
  });

  test("without a time of creation the clock starts with the first input", () => {
    const { sink } = new ScriptedPeer("server");
    const connection = createConnection({ role: "server", sink });
    expect(connection.wakeAt()).toBeUndefined();
    connection.receive(connectionMagic, 7000);
    expect(connection.wakeAt()).toBe(27_000);
    const client = createConnection({ role: "client", sink });
    const streamSink = new ScriptedPeer("client").sink.streamSink(() => 1);
    client.openStream({ fields: requestFields }, true, streamSink, 1000);
    expect(client.wakeAt()).toBe(21_000);
  });
});

describe("later SETTINGS of ours", () => {
  test("are to be acknowledged within a minute", () => {
    const peer = new ScriptedPeer("client").greet();
    peer.nowMs = 1000;
    peer.connection.wake(1000);
    peer.connection.updateSettings({ headerTableSize: 100 });
    expect(peer.connection.wakeAt()).toBe(61_000);
    peer.waits(59_999);
    expect(peer.connection.isClosed).toBe(false);
    peer.waits(1);
    expect(peer.shows().at(-1)).toBe("GOAWAY last=0 SETTINGS_TIMEOUT");
    expect(peer.goawayDebug).toBe(
      "settingsAckTimeoutMs: SETTINGS were not acknowledged within 60000 ms",
    );
    expect(peer.connection.stats.breached).toBe("settingsAckTimeoutMs");
  });

  test("one after the other", () => {
    const peer = new ScriptedPeer("client").greet();
    peer.connection.updateSettings({ headerTableSize: 100 });
    peer.connection.updateSettings({ headerTableSize: 200 });
    peer.waits(30_000).sends(formatSettings([], true));
    expect(peer.connection.wakeAt()).toBe(90_000);
    peer.sends(formatSettings([], true));
    expect(peer.connection.wakeAt()).toBeUndefined();
  });
});

describe("a header block", () => {
  const block = Uint8Array.of(0x83, 0x86, 0x84);

  function expectTimeout(peer: ScriptedPeer): void {
    peer.waits(9999);
    expect(peer.connection.isClosed).toBe(false);
    peer.waits(1);
    expect(peer.shows()).toEqual(["GOAWAY last=0 ENHANCE_YOUR_CALM"]);
    expect(peer.goawayDebug).toBe(
      "headerBlockTimeoutMs: a header block was not complete after 10000 ms",
    );
  }

  test("without END_HEADERS has ten seconds", () => {
    const peer = new ScriptedPeer("server").greet();
    expectTimeout(peer.sends(formatHeaders(1, block, 0)));
  });

  test("in the middle of its frame, too, however many bytes still come", () => {
    const peer = new ScriptedPeer("server").greet();
    const frame = formatHeaders(1, new Uint8Array(100));
    peer.nowMs = -5000;
    peer.sends(frame.subarray(0, 12)).waits(5000);
    peer.sends(frame.subarray(12, 13));
    expect(peer.connection.wakeAt()).toBe(5000);
    peer.waits(5000);
    expect(peer.connection.stats.breached).toBe("headerBlockTimeoutMs");
  });

  test("that is complete starts the time anew for the next one", () => {
    const peer = new ScriptedPeer("server").greet();
    const open = formatHeaders(3, block, 0);
    peer.sends(formatHeaders(1, block, 0)).waits(6000);
    peer.sends(Uint8Array.of(...formatContinuation(1, new Uint8Array(0)), ...open));
    expect(peer.connection.wakeAt()).toBe(16_000);
    peer.sends(formatContinuation(3, new Uint8Array(0)));
    expect(peer.connection.wakeAt()).toBe(7_200_000);
    expect(peer.heard()).toHaveLength(2);
  });
});
