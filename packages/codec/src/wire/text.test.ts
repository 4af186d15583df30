// Strings of every length around the thresholds, in both of the platform's engines.
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { cursor } from "./cursor.js";
import { readText, writeText } from "./text.js";
import { createEncodingEngine, textEngine } from "./text-engine.js";

const engines = [
  ["the platform's", textEngine()],
  ["the Encoding API's", createEncodingEngine()],
] as const;

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ maxLength: 300 }),
  // Code units, lone surrogates among them.
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 })
    .map((units) => String.fromCharCode(...units)),
);

describe.each(engines)("%s engine", (_, engine) => {
  it("measures, writes and reads any text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const expected = new TextEncoder().encode(text);
        const bytes = new Uint8Array(expected.length + 2);
        expect(engine.measure(text)).toBe(expected.length);
        expect(engine.write(bytes, text, 2)).toBe(expected.length);
        expect(bytes.subarray(2)).toEqual(expected);
        expect(engine.readStrictly(bytes, 2, bytes.length)).toBe(Buffer.from(text).toString());
      }),
    );
  });

  it.each([
    ["plain", 5],
    ["\x7f\x80\u07ff\u0800\uffff", 11],
    ["\u{10000}\u{10ffff}", 8],
    ["\ud800", 3],
    ["\udc00a", 4],
  ])("measures %j: %d bytes", (text, size) => {
    expect(engine.measure(text)).toBe(size);
  });

  it("reads malformed bytes as the Encoding Standard says, or refuses them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const expected = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
        expect(engine.read(bytes, 0, bytes.length)).toBe(expected);
        const valid = Buffer.from(expected).equals(bytes);
        const strictly = () => engine.readStrictly(bytes, 0, bytes.length);
        if (valid) {
          expect(strictly()).toBe(expected);
        } else {
          expect(strictly).toThrow();
        }
      }),
    );
  });
});

describe("writeText and readText", () => {
  it("writes into the last bytes of a buffer, or says how many it would take", () => {
    for (const room of [4, 7]) {
      const bytes = new Uint8Array(room);
      expect(writeText(bytes, 0, "a\u00fc")).toBe(4);
      expect([...bytes.subarray(0, 4)]).toEqual([3, 0x61, 0xc3, 0xbc]);
    }
    expect(writeText(new Uint8Array(3), 0, "a\u00fc")).toBe(4);
  });

  it("agree, at any length and with any room", () => {
    fc.assert(
      fc.property(anyText, fc.nat({ max: 1000 }), (text, room) => {
        const size = Buffer.byteLength(text);
        const bytes = new Uint8Array(room + 8);
        const end = writeText(bytes, 3, text);
        expect(end).toBe(3 + size + (size < 128 ? 1 : 2));
        if (end > bytes.length) {
          return;
        }
        cursor.limit = end;
        expect(readText(bytes, 3, true)).toBe(Buffer.from(text).toString());
        expect(cursor.position).toBe(end);
      }),
    );
  });
});

describe("the platform's engine", () => {
  const measure = (text: string) => text.length;
  const refuse = () => {
    throw new TypeError("the receiver is no Buffer");
  };
  it.each([
    ["without Buffer", undefined],
    ["with a Buffer that lacks the methods", { byteLength: measure, prototype: {} }],
    [
      "with a Buffer whose methods refuse other arrays",
      { byteLength: measure, prototype: { utf8Write: refuse, utf8Slice: refuse } },
    ],
    [
      "with a Buffer whose methods do something else",
      { byteLength: measure, prototype: { utf8Write: () => 11, utf8Slice: () => "" } },
    ],
  ])("is the Encoding API's %s", async (_, stub) => {
    vi.resetModules();
    const fresh = await import("./text-engine.js");
    vi.stubGlobal("Buffer", stub);
    const bytes = new Uint8Array(12);
    let size = 0;
    try {
      size = fresh.textEngine().write(bytes, "\ufeffa\u20ac\u{1f600}", 1);
    } finally {
      vi.unstubAllGlobals();
    }
    expect(size).toBe(11);
    expect(fresh.textEngine().measure("\ufeffa\u20ac\u{1f600}")).toBe(11);
    expect(fresh.textEngine().readStrictly(bytes, 1, 12)).toBe("\ufeffa\u20ac\u{1f600}");
  });
});
