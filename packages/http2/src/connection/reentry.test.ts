// Applications that act while they are being told something, and calls that come when it is over.
import { describe, expect, test } from "vitest";
import { formatData } from "../frame/data.js";
import { FrameType } from "../frame/head.js";
import { formatRstStream } from "../frame/rst-stream.js";
import { formatSettings } from "../frame/settings.js";
import { formatWindowUpdate } from "../frame/window-update.js";
import { rawFrame, requestFields, ScriptedPeer } from "../testing/scripted-peer.js";

const request = { fields: requestFields };
const ok = { fields: [":status", "200"] };
const end = { fields: ["x-end", "1"] };
const noBytes = new Uint8Array(0);

describe("while a stream is being opened", () => {
  test("the application answers it whole", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sink.hook = (id) => {
      peer.connection.sendHeaders(id, ok, false);
      peer.connection.sendHeaders(id, end, true);
    };
    peer.sends(peer.headers(1, requestFields, true));
    expect(peer.shows()).toEqual(["HEADERS 1 :status=200", "HEADERS 1 x-end=1 END"]);
    expect(peer.connection.activeStreams).toBe(0);
    expect(peer.connection.stats.streamsEnded).toBe(1);
  });

  test("it goes away: the stream hears of that, too", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sink.hook = (_id, event) => {
      if (event === "opened") peer.connection.goAway(0);
    };
    peer.sends(peer.headers(1));
    expect(peer.heard().slice(1)).toEqual(["closed local NO_ERROR", "1 reset connection NO_ERROR"]);
  });
});

describe("while DATA is handed over", () => {
  test("the application goes away: no limit is broken after that", () => {
    const peer = new ScriptedPeer("server", { limits: { maxSmallDataBytes: 100 } }).greet();
    peer.sends(peer.headers(1));
    peer.sink.hook = (_id, event) => {
      if (event === "data") peer.connection.goAway(0);
    };
    peer.sends(formatData(1, new Uint8Array(1)));
    expect(peer.connection.stats.breached).toBeUndefined();
    expect(peer.shows()).toEqual(["GOAWAY last=1 NO_ERROR"]);
  });
});

describe("two streams whose sinks throw at the end", () => {
  test("the first exception is the one that is seen", () => {
    const peer = new ScriptedPeer("client").greet();
    for (const id of [1, 3]) {
      const sink = peer.sink.streamSink(() => id);
      sink.streamReset = () => {
        throw new Error(`stream ${id}`);
      };
      peer.connection.openStream(request, true, sink, 0);
    }
    expect(() => peer.connection.goAway(0)).toThrow("stream 1");
    expect(peer.heard()).toEqual(["closed local NO_ERROR"]);
  });
});

describe("a region", () => {
  function reserved(): ScriptedPeer {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(peer.headers(1, requestFields, true));
    peer.connection.sendHeaders(1, ok, false);
    peer.shows();
    expect(peer.connection.reserve(1, 10)).toBeDefined();
    return peer;
  }

  test("may be committed empty, which sends nothing, or as the end", () => {
    const peer = reserved();
    peer.connection.commit(1, 0, false);
    expect(peer.shows()).toEqual([]);
    peer.connection.reserve(1, 10);
    peer.connection.commit(1, 0, true);
    expect(peer.shows()).toEqual(["DATA 1 0 END"]);
    expect(peer.connection.activeStreams).toBe(0);
  });

  test("of a stream that the peer has reset meanwhile goes nowhere", () => {
    const peer = reserved();
    peer.sends(formatRstStream(1, 8));
    peer.connection.commit(1, 5, false);
    expect(peer.shows()).toEqual([]);
  });
});

describe("when it is over", () => {
  test("a stream with unread DATA can be let go of without a frame", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(peer.headers(1), formatData(1, new Uint8Array(10), true));
    peer.connection.sendHeaders(1, ok, true);
    peer.shows();
    peer.connection.resetStream(1, 8);
    expect(peer.shows()).toEqual([]);
    peer.connection.consume(1, 10);
    expect(peer.connection.stats.streamsEnded).toBe(1);
  });

  test("drain and updateSettings do nothing", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.connection.drain(0);
    peer.connection.drain(0, "again");
    expect(peer.shows()).toHaveLength(2);
    peer.connection.goAway(0);
    peer.shows();
    peer.connection.drain(0);
    peer.connection.updateSettings({ maxConcurrentStreams: 1 });
    expect(peer.shows()).toEqual([]);
  });

  test("a client without streams that is too old closes at once, and tells nothing else", () => {
    const limits = { maxConnectionAgeMs: 1000 };
    const peer = new ScriptedPeer("client", { limits }).greet();
    peer.waits(1000);
    expect(peer.shows()).toEqual(["GOAWAY last=0 NO_ERROR"]);
    expect(peer.goawayDebug).toBe("max_age");
    expect(peer.heard()).toEqual(["closed local NO_ERROR"]);
    expect(peer.connection.wakeAt()).toBeUndefined();
  });
});

describe("settings", () => {
  test("of the peer that allow more streams are told to those who waited", () => {
    const peer = new ScriptedPeer("client").greet();
    peer.sends(formatSettings([3, 0]));
    const sink = peer.sink.streamSink(() => 1);
    expect(peer.connection.openStream(request, true, sink, 0)).toBe(0);
    peer.heard();
    peer.sends(formatSettings([3, 1]));
    expect(peer.heard()).toEqual(["settings window=65535", "streams available"]);
    expect(peer.connection.openStream(request, true, sink, 0)).toBe(1);
  });

  test("of ours that differ from the protocol's are told, and larger frames are taken at once", () => {
    const peer = new ScriptedPeer("server", { limits: { headerTableBytes: 8192 } });
    expect(peer.shows()[0]).toMatch(/^SETTINGS 1=8192 /);
    peer.greet();
    peer.connection.updateSettings({ maxFrameSize: 20_000, enablePush: true });
    expect(peer.shows()).toEqual(["SETTINGS 2=1 5=20000"]);
    peer.sends(peer.headers(1), formatData(1, new Uint8Array(20_000)));
    expect(peer.connection.isClosed).toBe(false);
  });

  test("of the peer that make its HPACK table smaller are kept to", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(formatSettings([1, 0]), peer.headers(1, requestFields, true));
    peer.connection.sendHeaders(1, { fields: [":status", "200", "x-a", "1"] }, true);
    expect(peer.shows()).toEqual(["SETTINGS ACK", "HEADERS 1 :status=200 x-a=1 END"]);
  });
});

describe("queues", () => {
  function answering(...ids: number[]): ScriptedPeer {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(formatSettings([4, 1 << 20]));
    for (const id of ids) {
      peer.sends(peer.headers(id, requestFields, true));
      peer.connection.sendHeaders(id, ok, false);
    }
    // The connection window is used up by the first.
    peer.connection.sendData(ids[0]!, new Uint8Array(65_535), false);
    peer.shows();
    for (const id of ids) peer.connection.sendData(id, new Uint8Array(10), false);
    return peer;
  }

  test("a stream in the middle of the ring can leave it", () => {
    const peer = answering(1, 3, 5);
    peer.sends(formatRstStream(3, 8), formatWindowUpdate(0, 100));
    expect(peer.shows()).toEqual(["DATA 1 10", "DATA 5 10"]);
  });

  test("a stream whose window shrinks while it waits is passed over", () => {
    const peer = answering(1, 3);
    peer.sends(formatSettings([4, 0]), formatWindowUpdate(0, 100));
    expect(peer.shows()).toEqual(["SETTINGS ACK"]);
    peer.sends(formatWindowUpdate(3, 10));
    expect(peer.shows()).toEqual(["DATA 3 10"]);
  });
});

describe("heads", () => {
  test("above 64 KiB get a buffer of their own, and CONTINUATION without END_STREAM", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(peer.headers(1));
    const value = "\u00ff".repeat(70_000);
    peer.connection.sendHeaders(1, { fields: [":status", "200", "x-big", value] }, false);
    const lines = peer.shows();
    expect(lines[0]).toBe("HEADERS 1 ...");
    expect(lines.at(-1)).toBe(`CONTINUATION 1 :status=200 x-big=${value}`);
  });

  test("may come with padding and a priority", () => {
    const peer = new ScriptedPeer("server").greet();
    const block = [...peer.block(requestFields)];
    const payload = [2, 0, 0, 0, 0, 15, ...block, 0, 0];
    peer.sends(rawFrame(FrameType.HEADERS, 0x2d, 1, payload));
    expect(peer.heard()).toEqual(["1 opened :method=POST :scheme=http :path=/a/b END"]);
  });

  test("are measured with their prefix, again and again", () => {
    const peer = new ScriptedPeer("client").greet();
    peer.sends(formatSettings([6, 300]));
    const prefix = { fields: [":scheme", "http", ":method", "POST", ":path", "/"] };
    const sink = peer.sink.streamSink(() => 1);
    for (const id of [1, 3]) {
      expect(peer.connection.openStream({ prefix, fields: ["a", "b"] }, true, sink, 0)).toBe(id);
    }
    expect(() =>
      peer.connection.openStream({ prefix, fields: ["a", "b".repeat(200)] }, true, sink, 0),
    ).toThrow(/header list of \d+ bytes: the peer takes 300/);
  });

  test("an answer whose list is too large costs its stream", () => {
    const peer = new ScriptedPeer("client").greet();
    peer.connection.openStream(
      request,
      true,
      peer.sink.streamSink(() => 1),
      0,
    );
    peer.shows();
    peer.sends(peer.headers(1, [":status", "200", "x", "y".repeat(17_000)]));
    expect(peer.shows()).toEqual(["RST_STREAM 1 ENHANCE_YOUR_CALM"]);
    expect(peer.heard()).toEqual(["1 reset local ENHANCE_YOUR_CALM"]);
  });

  test("trailers before the promised body is complete are a fault", () => {
    const peer = new ScriptedPeer("server").greet();
    peer.sends(peer.headers(1, [...requestFields, "content-length", "5"]));
    peer.sends(formatData(1, noBytes), peer.headers(1, ["x", "y"], true));
    expect(peer.shows()).toEqual(["RST_STREAM 1 PROTOCOL_ERROR"]);
  });
});
