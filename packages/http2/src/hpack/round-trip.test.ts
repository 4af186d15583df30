// Plays encoder and decoder against each other and against a plain model of RFC 7541, with resizes in between.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { HeaderBlock } from "../contract.js";
import { createDecoder } from "./decoder.js";
import { createEncoder } from "./encoder.js";
import { huffmanCode } from "./huffman-code.js";
import { encodeString } from "./huffman-encode.js";
import { encodeInteger } from "./integer.js";
import { staticEntries } from "./static-table.js";

/** One field of a block as it went over the wire. */
interface WireField {
  readonly pattern: "indexed" | "added" | "plain" | "never";
  readonly name: string;
  readonly value: string;
}

/** RFC 7541 word for word, with arrays and strings of bits: slow, and nothing like the real one. */
class PlainDecoder {
  readonly entries: [string, string][] = [];
  maxBytes = 4096;
  #words = new Map<string, number>();
  #octets: number[] = [];

  constructor() {
    const { lengths, codes } = huffmanCode();
    lengths.forEach((bits, at) => {
      this.#words.set(codes[at]!.toString(2).padStart(bits, "0"), at);
    });
  }

  decode(octets: Uint8Array): WireField[] {
    this.#octets = [...octets];
    const fields: WireField[] = [];
    while (this.#octets.length > 0) {
      const octet = this.#octets[0]!;
      if (octet >> 5 === 1) this.#resize(this.#integer(5));
      else fields.push(octet >> 7 === 1 ? this.#indexed() : this.#literal(octet));
    }
    return fields;
  }

  usedBytes(): number {
    return this.entries.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
  }

  #indexed(): WireField {
    const [name, value] = this.#at(this.#integer(7));
    return { pattern: "indexed", name, value };
  }

  #literal(octet: number): WireField {
    const pattern = octet >> 6 === 1 ? "added" : octet >> 4 === 1 ? "never" : "plain";
    const index = this.#integer(pattern === "added" ? 6 : 4);
    const name = index === 0 ? this.#string() : this.#at(index)[0];
    const value = this.#string();
    if (pattern === "added") {
      const size = name.length + value.length + 32;
      while (this.entries.length > 0 && this.usedBytes() + size > this.maxBytes) this.entries.pop();
      if (size <= this.maxBytes) this.entries.unshift([name, value]);
    }
    return { pattern, name, value };
  }

  #resize(size: number): void {
    this.maxBytes = size;
    while (this.usedBytes() > size) this.entries.pop();
  }

  #at(index: number): [string, string] {
    const entry = staticEntries[index - 1];
    return entry === undefined ? this.entries[index - 62]! : [entry.name, entry.value];
  }

  #integer(bits: number): number {
    const mask = 2 ** bits - 1;
    let value = this.#octets.shift()! & mask;
    if (value < mask) return value;
    for (let unit = 1; ; unit *= 128) {
      const octet = this.#octets.shift()!;
      value += (octet % 128) * unit;
      if (octet < 128) return value;
    }
  }

  #string(): string {
    const isHuffman = this.#octets[0]! > 127;
    const octets = this.#octets.splice(0, this.#integer(7));
    if (!isHuffman) return String.fromCharCode(...octets);
    let text = "";
    let word = "";
    for (const bit of octets.map((octet) => octet.toString(2).padStart(8, "0")).join("")) {
      word += bit;
      const symbol = this.#words.get(word);
      if (symbol === undefined) continue;
      text += String.fromCharCode(symbol);
      word = "";
    }
    return text;
  }
}

const name = fc.constantFrom(
  ...[":status", ":path", ":method", "content-type", "te", "grpc-status", "grpc-timeout", "x-a"],
  ...["x-b", "x-token-bin", "authorization", "cookie", "accept-encoding", "x-long-name-of-a-field"],
);
const value = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("200", "POST", "/", "", "0", "gzip, deflate", "abc") },
  { weight: 1, arbitrary: fc.array(fc.nat(255)).map((codes) => String.fromCharCode(...codes)) },
  { weight: 1, arbitrary: fc.nat(4200).map((length) => "v".repeat(length)) },
);
const fields = fc
  .array(fc.tuple(name, value), { maxLength: 6 })
  .map((pairs): readonly string[] => pairs.flat());
const size = fc.oneof(fc.constantFrom(0, 64, 4096, 8192), fc.nat(500));
const sensitive = /^(authorization|cookie)$|-bin$/;

const limits = { maxTableSize: 4096, maxListBytes: 1 << 20, maxFields: 1000 };

test("what is encoded is decoded, with resizes between the blocks", () => {
  const step = fc.record({
    sizes: fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      fc.array(size, { minLength: 1, maxLength: 3 }),
    ),
    /** A block of the pool, or new fields; with a block of the pool as prefix, or none. */
    own: fc.oneof(fc.nat(4), fields),
    prefix: fc.option(fc.nat(4), { nil: undefined }),
  });
  fc.assert(
    fc.property(
      fc.array(fields, { minLength: 5, maxLength: 5 }),
      fc.array(step, { maxLength: 40 }),
      (pool, steps) => {
        const blocks = pool.map((own): HeaderBlock => ({ fields: own }));
        const encoder = createEncoder();
        const decoder = createDecoder(limits);
        const plain = new PlainDecoder();
        for (const { sizes, own, prefix } of steps) {
          for (const next of sizes) {
            encoder.setPeerTableSize(next);
            decoder.setMaxTableSize(next);
          }
          const before = typeof own === "number" ? blocks[own]! : { fields: own };
          const block = prefix === undefined ? before : { ...before, prefix: blocks[prefix]! };
          const sent = [...(block.prefix?.fields ?? []), ...block.fields];
          const target = Buffer.alloc(encoder.maxEncodedLength(block));
          const end = encoder.encode(block, target, 0);
          expect(end).toBeGreaterThanOrEqual(0);
          const wire = plain.decode(target.subarray(0, end));
          expect(wire.flatMap((field) => [field.name, field.value])).toEqual(sent);
          for (const field of wire) {
            expect(field.pattern === "never", field.name).toBe(sensitive.test(field.name));
          }
          expect(plain.usedBytes()).toBeLessThanOrEqual(4096);
          expect(plain.entries.filter(([entry]) => sensitive.test(entry))).toEqual([]);
          const result = decoder.decode(target, 0, end);
          target.fill(0xee);
          expect(result.errorMessage).toBeUndefined();
          expect(result.fields).toEqual(sent);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("blocks of any making mean to the decoder what they mean to the plain one", () => {
  const added = (text: string, content: string): number[] => {
    const target = new Uint8Array(text.length + content.length + 16);
    const nameEnd = encodeString(target, 1, text);
    target[0] = 0x40;
    return [...target.subarray(0, encodeString(target, nameEnd, content))];
  };
  const update = (bytes: number): number[] => {
    const target = new Uint8Array(8);
    return [...target.subarray(0, encodeInteger(target, 0, 0x20, 0x1f, bytes))];
  };
  // Small numbers, so that blocks come again before and after the table has changed.
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ refer: fc.array(fc.nat(5), { maxLength: 3 }) }) },
    { weight: 2, arbitrary: fc.record({ add: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ resize: fc.constantFrom(0, 80, 120, 4096) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const decoder = createDecoder(limits);
      const plain = new PlainDecoder();
      const check = (octets: number[]): void => {
        const wire = Buffer.from(octets);
        const wanted = plain.decode(wire).flatMap((field) => [field.name, field.value]);
        const result = decoder.decode(wire, 0, wire.length);
        wire.fill(0xee);
        expect(result.errorMessage).toBeUndefined();
        expect(result.fields).toEqual(wanted);
      };
      for (const { refer, add, resize } of steps as {
        refer?: number[];
        add?: number;
        resize?: number;
      }[]) {
        if (add !== undefined) check(added(`x-${add % 3}`, `${add}`));
        if (resize !== undefined) check([...update(resize), 0x82]);
        const known = plain.entries.length;
        if (refer !== undefined) check(refer.map((age) => (age < known ? 0xbe + age : 0x82 + age)));
      }
    }),
    { numRuns: 300 },
  );
});
