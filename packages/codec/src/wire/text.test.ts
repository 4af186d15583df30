// Strings of every length around the thresholds, in both of the platform's engines.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
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
