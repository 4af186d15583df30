// What the pools of write buffers take back, and what they must not.
import { expect, test } from "vitest";
import {
  firstBufferBytes,
  maxPooledBuffers,
  releaseWriteBuffers,
  takeFirstBuffer,
  takeWriteBuffer,
  writeBufferBytes,
} from "./write-pool.js";

test("a buffer comes back once, whatever chunks were cut from it", () => {
  const buffer = takeWriteBuffer();
  const chunks = [
    buffer.subarray(0, 10),
    new Uint8Array(writeBufferBytes),
    buffer.subarray(10, 20),
  ];
  releaseWriteBuffers(chunks);
  releaseWriteBuffers(chunks);
  const first = takeWriteBuffer();
  const second = takeWriteBuffer();
  expect(first.buffer).toBe(buffer.buffer);
  expect(first.length).toBe(writeBufferBytes);
  expect(second.buffer).not.toBe(buffer.buffer);
});

test("small and large buffers go to their own pools", () => {
  const small = takeFirstBuffer();
  releaseWriteBuffers([small]);
  expect(takeWriteBuffer().length).toBe(writeBufferBytes);
  expect(takeFirstBuffer().buffer).toBe(small.buffer);
  expect(takeFirstBuffer().length).toBe(firstBufferBytes);
});

test("no more than the bound is kept", () => {
  const lent = Array.from({ length: maxPooledBuffers + 5 }, takeWriteBuffer);
  releaseWriteBuffers(lent);
  const again = Array.from({ length: maxPooledBuffers + 5 }, takeWriteBuffer);
  const known = new Set(lent.map((buffer) => buffer.buffer));
  expect(again.filter((buffer) => known.has(buffer.buffer))).toHaveLength(maxPooledBuffers);
});
