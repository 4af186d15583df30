// The two limits on the size of metadata, and what chance decides between them.
import { expect, it } from "vitest";
import { Code } from "../status/code.js";
import { defaultSoftLimit, isListRefused, toListError } from "./size-limit.js";

const limits = { softBytes: 8192, hardBytes: 16_384 };

it.each([
  [16_384, 8192],
  [8192, 8192],
  [9000, 8192],
  [4096, 4096],
  [65_536, 32_768],
])("with a hard limit of %i bytes the soft one is %i", (hard, soft) => {
  expect(defaultSoftLimit(hard)).toBe(soft);
});

it.each([
  [8192, 0, false],
  [8193, 0, true],
  [8193, 0.001, false],
  [12_288, 0.49, true],
  [12_288, 0.5, false],
  [16_384, 0.999, true],
  [16_385, 0.999, true],
])("a list of %i bytes with chance %f: refused %s", (bytes, chance, refused) => {
  expect(isListRefused(bytes, limits, chance)).toBe(refused);
});

it("names the limit that was exceeded, its value and the size seen", () => {
  const hard = toListError("request headers", 20_000, limits, "server");
  expect(hard.code).toBe(Code.RESOURCE_EXHAUSTED);
  expect(hard.message).toContain("request headers of 20000 bytes");
  expect(hard.message).toContain("hard limit of 16384 bytes (the server's maxHeaderListBytes)");
  const soft = toListError("trailers", 9000, limits, "channel");
  expect(soft.message).toContain("soft limit of 8192 bytes (the channel's softHeaderListBytes");
});
