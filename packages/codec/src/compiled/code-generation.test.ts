// Platforms that forbid code generation from strings, played by a Function constructor that refuses.
import { create } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

const refusal = vi.fn(function refuse(): never {
  throw new EvalError("code generation from strings is disallowed for this context");
});

beforeEach(() => {
  vi.resetModules();
  refusal.mockClear();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

it("is found out once", async () => {
  const { canGenerateCode } = await import("./code-generation.js");
  vi.stubGlobal("Function", refusal);
  expect(canGenerateCode()).toBe(false);
  vi.unstubAllGlobals();
  expect(canGenerateCode()).toBe(false);
  expect(refusal).toHaveBeenCalledTimes(1);
});

it("makes codecs of closures, unless compiled ones were asked for", async () => {
  const { createCodec } = await import("../codec.js");
  vi.stubGlobal("Function", refusal);
  const codec = createCodec(TimestampSchema);
  const message = create(TimestampSchema, { seconds: 1n, nanos: 2 });
  const bytes = codec.encode(message);
  expect([...bytes]).toEqual([8, 1, 16, 2]);
  expect(codec.decode(bytes)).toEqual(message);
  expect(() => createCodec(TimestampSchema, { mode: "compiled" })).toThrow(
    "cannot compile google.protobuf.Timestamp: code generation from strings is forbidden",
  );
  expect(refusal).toHaveBeenCalledTimes(1);
});
