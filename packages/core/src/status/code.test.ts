// The codes, their numbers and names, and the maps from and to HTTP.
import { describe, expect, it } from "vitest";
import { Code, codeName, isCode } from "./code.js";
import { codeFromHttpStatus } from "./http-status.js";
import { codeFromHttp2, http2FromCode } from "./http2-code.js";

describe("Code", () => {
  it("has seventeen codes, numbered as on the wire", () => {
    expect(Object.values(Code)).toEqual(Array.from({ length: 17 }, (_, number) => number));
    expect(Code.NOT_FOUND).toBe(5);
    expect(Code.UNAUTHENTICATED).toBe(16);
  });

  it("knows its names", () => {
    for (const [name, code] of Object.entries(Code)) {
      expect(codeName(code)).toBe(name);
    }
    expect(codeName(17)).toBe("CODE_17");
    expect(codeName(-1)).toBe("CODE_-1");
  });

  it.each([
    [0, true],
    [16, true],
    [17, false],
    [-1, false],
    [1.5, false],
    [Number.NaN, false],
    ["5", false],
    ["length", false],
    [undefined, false],
  ])("isCode(%s) is %s", (value, expected) => {
    expect(isCode(value)).toBe(expected);
  });
});

describe("codeFromHttpStatus", () => {
  it.each([
    [400, "INTERNAL"],
    [401, "UNAUTHENTICATED"],
    [403, "PERMISSION_DENIED"],
    [404, "UNIMPLEMENTED"],
    [429, "UNAVAILABLE"],
    [502, "UNAVAILABLE"],
    [503, "UNAVAILABLE"],
    [504, "UNAVAILABLE"],
    [200, "UNKNOWN"],
    [409, "UNKNOWN"],
    [415, "UNKNOWN"],
    // Newer documents say INTERNAL; grpc-go, grpc-js and the conformance suite say UNKNOWN.
    [431, "UNKNOWN"],
    [500, "UNKNOWN"],
  ])("%i is %s", (status, name) => {
    expect(codeName(codeFromHttpStatus(status))).toBe(name);
  });
});

describe("HTTP/2 error codes", () => {
  it.each([
    [0x0, "INTERNAL"],
    [0x1, "INTERNAL"],
    [0x2, "INTERNAL"],
    [0x3, "INTERNAL"],
    [0x4, "INTERNAL"],
    [0x5, "INTERNAL"],
    [0x6, "INTERNAL"],
    [0x7, "UNAVAILABLE"],
    [0x8, "CANCELLED"],
    [0x9, "INTERNAL"],
    [0xa, "INTERNAL"],
    [0xb, "RESOURCE_EXHAUSTED"],
    [0xc, "PERMISSION_DENIED"],
    [0xd, "INTERNAL"],
    [0xe, "UNKNOWN"],
    [0xffffffff, "UNKNOWN"],
  ])("%i means %s", (http2Code, name) => {
    expect(codeName(codeFromHttp2(http2Code))).toBe(name);
  });

  it("a call that was cancelled or timed out resets with CANCEL", () => {
    expect(http2FromCode(Code.CANCELLED)).toBe(0x8);
    expect(http2FromCode(Code.DEADLINE_EXCEEDED)).toBe(0x8);
  });

  it.each([
    [Code.OK, 0x0],
    [Code.RESOURCE_EXHAUSTED, 0xb],
    [Code.PERMISSION_DENIED, 0xc],
    [Code.INTERNAL, 0x2],
    [Code.NOT_FOUND, 0x2],
    // Not REFUSED_STREAM: that would promise that nothing was processed.
    [Code.UNAVAILABLE, 0x2],
  ])("code %i resets with %i", (code, http2Code) => {
    expect(http2FromCode(code)).toBe(http2Code);
  });
});
