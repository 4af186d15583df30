// Allocated bytes: plain, of the right size, never shared; and the same where there is no Buffer.
import { afterEach, expect, it, vi } from "vitest";
import { allocateBytes } from "./allocate-bytes.js";

const sizes = [0, 1, 2047, 2048, 4096, 65_536, 1_048_577];

afterEach(() => {
  vi.unstubAllGlobals();
});

it.each(sizes)("%i bytes are a plain Uint8Array with a buffer of its own", (size) => {
  const bytes = allocateBytes(size);
  expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
  expect(bytes.length).toBe(size);
  expect(bytes.byteOffset).toBe(0);
  expect(bytes.buffer.byteLength).toBe(size);
  expect(allocateBytes(size).buffer).not.toBe(bytes.buffer);
});

it.each(sizes)("%i bytes without a Buffer, as in browsers", (size) => {
  vi.stubGlobal("Buffer", undefined);
  const bytes = allocateBytes(size);
  expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
  expect(bytes.length).toBe(size);
});

it("more than there can be is refused", () => {
  expect(() => allocateBytes(2 ** 53)).toThrow(RangeError);
});
