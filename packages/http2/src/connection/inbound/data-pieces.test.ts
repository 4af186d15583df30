// Large DATA frames that arrive in several reads: handed on piece by piece, yet judged as one frame.
import { expect, test } from "vitest";
import { formatData } from "../../frame/data.js";
import { formatSettings } from "../../frame/settings.js";
import { requestFields, ScriptedPeer } from "../../testing/scripted-peer.js";

const large = 10_000;

function receiving(fields: readonly string[] = requestFields): ScriptedPeer {
  const peer = new ScriptedPeer("server", { limits: { adaptiveWindows: false } }).greet();
  peer.sends(peer.headers(1, fields));
  peer.heard();
  return peer;
}

/** Plays one frame as several reads, cut at these offsets. */
function sendsCut(peer: ScriptedPeer, frame: Uint8Array, ...cuts: number[]): void {
  let from = 0;
  for (const to of [...cuts, frame.length]) {
    const read = frame.slice(from, to);
    peer.sends(read);
    read.fill(0xee);
    from = to;
  }
}

function payload(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => i * 7);
}

test.each([
  [
    "inside the head and twice later",
    [4, 5000, 9000],
    ["1 data 4991", "1 data 4000", "1 data 1009 END"],
  ],
  ["behind the head", [9], ["1 data 10000 END"]],
  ["before the last octet", [10_008], ["1 data 9999", "1 data 1 END"]],
])("cut %s, it is handed on as it arrives", (_, cuts, heard) => {
  const peer = receiving();
  sendsCut(peer, formatData(1, payload(large), true), ...cuts);
  expect(peer.heard()).toEqual(heard);
  expect(peer.sink.data.get(1)).toEqual([...payload(large)]);
});

test("what follows the last piece in the same read is read, too", () => {
  const peer = receiving();
  const frames = [formatData(1, payload(large)), formatData(1, Uint8Array.of(1, 2), true)];
  sendsCut(peer, Uint8Array.from(frames.flatMap((frame) => [...frame])), 700);
  expect(peer.heard()).toEqual(["1 data 691", "1 data 9309", "1 data 2 END"]);
});

test.each([
  ["small ones", formatData(1, payload(4095), true), 4095],
  ["padded ones", formatData(1, payload(large), true, 9), large],
])("%s are put together", (_, frame, size) => {
  const peer = receiving();
  sendsCut(peer, frame, 100, 2000);
  expect(peer.heard()).toEqual([`1 data ${size} END`]);
});

test.each([
  ["longer than content-length", 9999, false],
  ["shorter than content-length at the end", 10_001, true],
])("a frame %s is refused before any of it is handed on", (_, promised, endStream) => {
  const peer = receiving([...requestFields, "content-length", String(promised)]);
  sendsCut(peer, formatData(1, payload(large), endStream), 5000);
  expect(peer.heard()).toEqual(["1 reset local PROTOCOL_ERROR"]);
});

test("content-length is summed up over the pieces", () => {
  const peer = receiving([...requestFields, "content-length", String(large + 5)]);
  sendsCut(peer, formatData(1, payload(large)), 5000);
  peer.sends(formatData(1, payload(5), true));
  expect(peer.heard()).toEqual(["1 data 4991", "1 data 5009", "1 data 5 END"]);
});

test("a frame beyond the stream's window is refused before any of it is handed on", () => {
  const peer = receiving();
  peer.connection.updateSettings({ initialWindowSize: large - 1 });
  peer.sends(formatSettings([], true), peer.headers(3));
  peer.heard();
  sendsCut(peer, formatData(3, payload(large)), 5000);
  expect(peer.heard()).toEqual(["3 reset local FLOW_CONTROL_ERROR"]);
});

test("after the application's reset in the middle the rest is dropped and the next frame read", () => {
  const peer = receiving();
  peer.sends(peer.headers(3));
  peer.heard();
  peer.shows();
  const frame = formatData(1, payload(large));
  peer.sends(frame.slice(0, 5000));
  peer.connection.resetStream(1, 8);
  peer.sends(frame.slice(5000), formatData(3, payload(3), true));
  expect(peer.heard()).toEqual(["1 data 4991", "3 data 3 END"]);
  expect(peer.shows()).toEqual(["RST_STREAM 1 CANCEL"]);
});

test("windows are charged for the pieces and credited once they are read", () => {
  const peer = receiving();
  peer.shows();
  peer.sink.hook = (id, _, bytes) => peer.connection.consume(id, bytes);
  const frame = formatData(1, payload(16_384));
  for (let i = 0; i < 16; i++) sendsCut(peer, frame, 3000, 8000);
  expect(peer.shows()).toEqual(["WINDOW_UPDATE 0 +262144", "WINDOW_UPDATE 1 +262144"]);
});
