// Frames are followed however their bytes are cut.
import { expect, it } from "vitest";
import { formatContinuation } from "../../frame/continuation.js";
import { formatData } from "../../frame/data.js";
import { formatHeaders } from "../../frame/headers.js";
import { formatPing } from "../../frame/ping.js";
import { FrameCounter } from "./frame-counter.js";

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((p) => [...p]));

it.each([1, 2, 5, 9, 100])("in pieces of %i bytes", (size) => {
  const frames = [
    formatPing(new Uint8Array(8), false),
    formatData(1, new Uint8Array(30), false),
    formatData(1, new Uint8Array(0), true),
  ];
  const ends = new Set(frames.map((_, i) => join(...frames.slice(0, i + 1)).length));
  const bytes = join(...frames);
  const counter = new FrameCounter();
  for (let at = 0; at < bytes.length; at += size) {
    expect(counter.isBetweenFrames).toBe(at === 0 || ends.has(at));
    counter.pass(bytes.subarray(at, at + size));
  }
  expect(counter.isBetweenFrames).toBe(true);
});

it("finds the end of the frame that is under way", () => {
  const frame = formatData(1, new Uint8Array(30), false);
  const counter = new FrameCounter();
  expect(counter.passFrame(frame)).toBe(0);
  counter.pass(frame.subarray(0, 12));
  expect(counter.passFrame(frame.subarray(12, 20))).toBe(8);
  expect(counter.passFrame(join(frame.subarray(20), frame))).toBe(frame.length - 20);
  expect(counter.isBetweenFrames).toBe(true);
});

it("does not take the middle of a header block for a place to put a frame", () => {
  const counter = new FrameCounter();
  counter.pass(formatHeaders(1, new Uint8Array(5), 0));
  expect(counter.isBetweenFrames).toBe(false);
  const rest = formatContinuation(1, new Uint8Array(5), true);
  expect(counter.passFrame(join(rest, rest))).toBe(rest.length);
});
