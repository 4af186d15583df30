// Checks Huffman strings both ways (RFC 7541 s5.2, appendices B and C.4, C.6), and their malformed ends.
import fc from "fast-check";
import { expect, test } from "vitest";
import { huffmanCode } from "./huffman-code.js";
import { decodeHuffman, huffmanBadPadding, huffmanEndOfString } from "./huffman-decode.js";
import { encodeHuffman, encodeString, huffmanByteLength } from "./huffman-encode.js";

function decode(octets: Uint8Array, room = 4096): { length: number; text: string } {
  const target = new Uint8Array(room);
  const length = decodeHuffman(octets, 0, octets.length, target);
  const text = Array.from(target.subarray(0, Math.max(0, length)), (o) => String.fromCharCode(o));
  return { length, text: text.join("") };
}

function encode(text: string): Uint8Array {
  const target = new Uint8Array(text.length * 4 + 8);
  return target.slice(0, encodeHuffman(target, 0, text));
}

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");

test.each([
  ["www.example.com", "f1e3c2e5f23a6ba0ab90f4ff"],
  ["no-cache", "a8eb10649cbf"],
  ["custom-key", "25a849e95ba97d7f"],
  ["custom-value", "25a849e95bb8e8b4bf"],
  ["302", "6402"],
  ["private", "aec3771a4b"],
  ["Mon, 21 Oct 2013 20:13:21 GMT", "d07abe941054d444a8200595040b8166e082a62d1bff"],
  ["https://www.example.com", "9d29ad171863c78f0b97c8e9ae82ae43d3"],
  ["307", "640eff"],
  [
    "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
    "94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
  ],
  ["", ""],
])("%s is %s", (text, octets) => {
  expect(hex(encode(text))).toBe(octets);
  expect(huffmanByteLength(text)).toBe(octets.length / 2);
  expect(decode(Buffer.from(octets, "hex"))).toEqual({ length: text.length, text });
});

test("the code is complete and prefix-free", () => {
  const { lengths, codes } = huffmanCode();
  const words = Array.from(lengths, (bits, at) => codes[at]!.toString(2).padStart(bits, "0"));
  expect(lengths.reduce((sum, bits) => sum + 2 ** (30 - bits), 0)).toBe(2 ** 30);
  const sorted = [...words].sort();
  const clashes = sorted.filter((word, at) => at > 0 && word.startsWith(sorted[at - 1]!));
  expect(clashes).toEqual([]);
  expect(words[256]).toBe("1".repeat(30));
});

test("every octet comes back, wherever it stands", () => {
  for (let octet = 0; octet < 256; octet++) {
    for (let shift = 0; shift < 8; shift++) {
      // "0" has five bits, so eight shifts meet every bit position.
      const text = `${"0".repeat(shift)}${String.fromCharCode(octet)}a`;
      expect(decode(encode(text)).text).toBe(text);
    }
  }
});

test.each([
  ["padding of zeros", [0b00000000], huffmanBadPadding],
  ["padding that is not all ones", [0b00011000], huffmanBadPadding],
  ["eight bits of padding", [0b00011111, 0xff], huffmanBadPadding],
  ["nothing but padding", [0xff], huffmanBadPadding],
  ["three octets of padding", [0xff, 0xff, 0xff], huffmanBadPadding],
  ["a long code cut off", [0xff, 0xc0], huffmanBadPadding],
  ["the end-of-string symbol", [0xff, 0xff, 0xff, 0xff], huffmanEndOfString],
  ["the end-of-string symbol behind text", [0x1f, 0xff, 0xff, 0xff, 0xff], huffmanEndOfString],
] as [string, number[], number][])("refuses %s", (_, octets, verdict) => {
  expect(decode(Uint8Array.from(octets)).length).toBe(verdict);
});

test("no padding to seven bits of it are legal", () => {
  // The code of "0" has five bits, so eight lengths meet every remainder.
  for (let length = 0; length <= 8; length++) {
    const text = "0".repeat(length);
    expect(decode(encode(text)).text).toBe(text);
  }
});

test("counts and checks what it has no room for", () => {
  const octets = encode("0123456789");
  expect(decode(octets, 4)).toEqual({ length: 10, text: "0123" });
  octets[octets.length - 1]! &= 0xfe;
  expect(decode(octets, 4).length).toBeLessThan(0);
});

test("strings are sent in Huffman code only when that is shorter", () => {
  const target = new Uint8Array(64);
  encodeString(target, 0, "application/grpc");
  expect(target[0]! & 0x80).toBe(0x80);
  expect(encodeString(target, 0, "\u0001\u0002")).toBe(3);
  expect([...target.subarray(0, 3)]).toEqual([2, 1, 2]);
  // "XX" is just as long either way.
  encodeString(target, 0, "XX");
  expect(target[0]).toBe(2);
});

test("any latin1 text comes back", () => {
  const latin1 = fc.array(fc.nat(255)).map((octets) => String.fromCharCode(...octets));
  fc.assert(
    fc.property(latin1, (text) => {
      const octets = encode(text);
      expect(octets.length).toBe(huffmanByteLength(text));
      expect(decode(octets)).toEqual({ length: text.length, text });
    }),
  );
});

test("any bytes give a verdict and at most 8/5 of their length", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (octets) => {
      const { length, text } = decode(octets);
      expect(length).toBeLessThanOrEqual((octets.length * 8) / 5);
      // The code is canonical, so what is accepted is what we would have written.
      if (length >= 0) expect(hex(encode(text))).toBe(hex(octets));
    }),
    { numRuns: 500 },
  );
});
