// Checks the decoder: every example of RFC 7541 appendix C, each malformed form, the bounds and the block cache.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createDecoder, type DecodeResult, type HpackDecoder } from "./decoder.js";

const limits = { maxTableSize: 4096, maxListBytes: 16384, maxFields: 128 };

function feed(decoder: HpackDecoder, hex: string): DecodeResult {
  const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
  // A copy: a result may not hang on bytes that the caller will overwrite.
  const result = { ...decoder.decode(bytes, 0, bytes.length) };
  bytes.fill(0xee);
  return result;
}

const get = [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "www.example.com"];
const getAgain = [...get, "cache-control", "no-cache"];
const getThird = [
  ...[":method", "GET", ":scheme", "https", ":path", "/index.html"],
  ...[":authority", "www.example.com", "custom-key", "custom-value"],
];
const rest = ["date", "Mon, 21 Oct 2013 20:13:21 GMT", "location", "https://www.example.com"];
const found = [":status", "302", "cache-control", "private", ...rest];
const temporary = [":status", "307", "cache-control", "private", ...rest];
const ok = [
  ...[":status", "200", "cache-control", "private", "date", "Mon, 21 Oct 2013 20:13:22 GMT"],
  ...["location", "https://www.example.com", "content-encoding", "gzip"],
  ...["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"],
];

const appendixC: [title: string, tableSize: number, blocks: [hex: string, fields: string[]][]][] = [
  [
    "C.2.1",
    4096,
    [["400a637573746f6d2d6b65790d637573746f6d2d686561646572", ["custom-key", "custom-header"]]],
  ],
  ["C.2.2", 4096, [["040c2f73616d706c652f70617468", [":path", "/sample/path"]]]],
  ["C.2.3", 4096, [["100870617373776f726406736563726574", ["password", "secret"]]]],
  ["C.2.4", 4096, [["82", [":method", "GET"]]]],
  [
    "C.3",
    4096,
    [
      ["828684410f7777772e6578616d706c652e636f6d", get],
      ["828684be58086e6f2d6361636865", getAgain],
      ["828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565", getThird],
    ],
  ],
  [
    "C.4",
    4096,
    [
      ["828684418cf1e3c2e5f23a6ba0ab90f4ff", get],
      ["828684be5886a8eb10649cbf", getAgain],
      ["828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf", getThird],
    ],
  ],
  [
    "C.5",
    256,
    [
      [
        `4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d54
         6e1768747470733a2f2f7777772e6578616d706c652e636f6d`.replaceAll(/\s/g, ""),
        found,
      ],
      ["4803333037c1c0bf", temporary],
      [
        `88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d
         4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b20766572
         73696f6e3d31`.replaceAll(/\s/g, ""),
        ok,
      ],
    ],
  ],
  [
    "C.6",
    256,
    [
      [
        `488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b
         97c8e9ae82ae43d3`.replaceAll(/\s/g, ""),
        found,
      ],
      ["4883640effc1c0bf", temporary],
      [
        `88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdf
         cd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007`.replaceAll(/\s/g, ""),
        ok,
      ],
    ],
  ],
];

test.each(appendixC)("RFC 7541 appendix %s", (_, maxTableSize, blocks) => {
  const decoder = createDecoder({ ...limits, maxTableSize });
  for (const [hex, fields] of blocks) {
    const result = feed(decoder, hex);
    expect(result.errorMessage).toBeUndefined();
    expect(result.list?.fields).toEqual(fields);
    expect(result.fields).toBe(result.list?.fields);
    const size = fields.reduce((sum, text) => sum + text.length, (fields.length / 2) * 32);
    expect(result.listBytes).toBe(size);
    expect(result.list?.valid).toBe(true);
  }
});

describe("refuses", () => {
  test.each([
    ["index 0", "80", "index 0"],
    ["an index behind the static table", "be", "62, but the tables end at 61"],
    ["an index far away", "ffffffff7f", "tables end at 61"],
    ["an index of six octets", "ff8080808001", "field index takes more than 5 octets"],
    ["an unfinished index", "ff80", "ends inside a field index"],
    ["a literal with an unknown name", "7f00 0161", "63, but the tables end at 61"],
    ["a plain literal with an unknown name", "0f2f 0161", "62, but the tables end at 61"],
    ["a name index of six octets", "0f8080808001", "name index takes more than 5 octets"],
    ["an unfinished name index", "7f", "ends inside a name index"],
    ["a literal without a name", "40", "where a string should begin"],
    ["a literal without a value", "400161", "where a string should begin"],
    ["an unfinished string length", "407f", "inside the length of a string"],
    ["a string length of six octets", "407f8080808001", "length of a string takes more than 5"],
    [
      "a string longer than the block",
      "40056162",
      "5 octets is announced, but the block has only 2",
    ],
    ["a value longer than the block", "0402 61", "2 octets is announced, but the block has only 1"],
    ["a huge string", "007fffffff7f 61", "268435582 octets is announced"],
    ["Huffman padding of zeros", "008118 0161", "padding"],
    ["Huffman padding of more than 7 bits", "00821fff 0161", "padding"],
    ["the Huffman end-of-string symbol", "0084ffffffff 0161", "end-of-string"],
    ["a broken Huffman value", "0484ffffffff", "end-of-string"],
    [
      "an update above the limit",
      "3fe21f",
      "4097 bytes, but our SETTINGS_HEADER_TABLE_SIZE is 4096",
    ],
    ["an update of six octets", "3f8080808001", "update takes more than 5 octets"],
    ["an unfinished update", "3f", "ends inside a table size update"],
    ["an update behind a field", "82 20", "after a field"],
    ["an update at the end of a block", "82 3fe11f", "after a field"],
  ])("%s", (_, hex, message) => {
    const decoder = createDecoder(limits);
    const result = feed(decoder, hex);
    expect(result.errorMessage).toContain(message);
    expect(result).toMatchObject({ list: undefined, fields: [], tooLarge: false, listBytes: 0 });
    // The table is out of step for good.
    expect(feed(decoder, "82").errorMessage).toBe(result.errorMessage);
  });
});

describe("table size updates", () => {
  test("may come several at a time, at the start", () => {
    const decoder = createDecoder(limits);
    expect(feed(decoder, "4001610162").fields).toEqual(["a", "b"]);
    expect(feed(decoder, "20 3fe11f 82").fields).toEqual([":method", "GET"]);
    expect(feed(decoder, "be").errorMessage).toContain("tables end at 61");
  });

  test("are due after we lowered the setting, to the new value or less", () => {
    const cases: [hex: string, isFine: boolean][] = [
      ["82", false],
      ["", false],
      ["3f46 82", false],
      ["3f45 82", true],
      ["20 82", true],
      ["20 3f45 82", true],
    ];
    for (const [hex, isFine] of cases) {
      const decoder = createDecoder(limits);
      decoder.setMaxTableSize(100);
      expect(feed(decoder, hex).errorMessage === undefined, hex).toBe(isFine);
    }
  });

  test("are due even to a block that is known by heart", () => {
    const decoder = createDecoder(limits);
    for (let round = 0; round < 4; round++) feed(decoder, "82");
    decoder.setMaxTableSize(0);
    expect(feed(decoder, "82").errorMessage).toContain("without the table size update to 0 bytes");
  });

  test("lowered and raised again: the smallest must be announced", () => {
    const decoder = createDecoder(limits);
    decoder.setMaxTableSize(100);
    decoder.setMaxTableSize(4096);
    expect(feed(decoder, "3f45 3fe11f 82").errorMessage).toBeUndefined();
    const strict = createDecoder(limits);
    strict.setMaxTableSize(100);
    strict.setMaxTableSize(4096);
    expect(feed(strict, "3fe11f 82").errorMessage).toContain("update to 100 bytes or less");
  });

  test("are not due when the encoder uses less anyway, or when we raise", () => {
    const decoder = createDecoder(limits);
    feed(decoder, "3f45");
    decoder.setMaxTableSize(200);
    expect(feed(decoder, "82").errorMessage).toBeUndefined();
    decoder.setMaxTableSize(8192);
    expect(feed(decoder, "82").errorMessage).toBeUndefined();
    expect(feed(decoder, "3fe13f 82").errorMessage).toBeUndefined();
  });
});

describe("the dynamic table", () => {
  test("an entry larger than the table empties it", () => {
    const decoder = createDecoder({ ...limits, maxTableSize: 40 });
    expect(feed(decoder, "4001610162").fields).toEqual(["a", "b"]);
    expect(feed(decoder, "be").fields).toEqual(["a", "b"]);
    expect(feed(decoder, "4001610a31323334353637383930").fields).toEqual(["a", "1234567890"]);
    expect(feed(decoder, "be").errorMessage).toContain("tables end at 61");
  });

  test("a name may be taken from the entry that it evicts", () => {
    const decoder = createDecoder({ ...limits, maxTableSize: 40 });
    feed(decoder, "4003616263 0131");
    expect(feed(decoder, "7e0132").fields).toEqual(["abc", "2"]);
    expect(feed(decoder, "be").fields).toEqual(["abc", "2"]);
    expect(feed(decoder, "bf").errorMessage).toContain("tables end at 62");
  });
});

describe("limits", () => {
  const small = { maxTableSize: 4096, maxListBytes: 100, maxFields: 3 };

  test("of the list's size: the limit itself is fine, one byte more is not", () => {
    const decoder = createDecoder({ ...small, maxListBytes: 2 * 42 });
    expect(feed(decoder, "82 82")).toMatchObject({ tooLarge: false, listBytes: 84 });
    const tight = createDecoder({ ...small, maxListBytes: 2 * 42 - 1 });
    const result = feed(tight, "82 82");
    expect(result).toMatchObject({ tooLarge: true, listBytes: 84, list: undefined, fields: [] });
    expect(result.errorMessage).toBeUndefined();
  });

  test("of the number of fields, cookie crumbs included", () => {
    const decoder = createDecoder({ ...small, maxListBytes: 1000 });
    expect(feed(decoder, "a0 a0 a0").tooLarge).toBe(false);
    expect(feed(decoder, "a0 a0 a0 a0").tooLarge).toBe(true);
    expect(feed(decoder, "a0").tooLarge).toBe(false);
  });

  test("an oversized block keeps the table in step", () => {
    const decoder = createDecoder(small);
    const long = `7f8100${"61".repeat(128)}`;
    expect(feed(decoder, `4001610162 00 0178 ${long} 4001630164`).tooLarge).toBe(true);
    expect(feed(decoder, "be bf").fields).toEqual(["c", "d", "a", "b"]);
  });

  test("an oversized block is still checked to its end", () => {
    expect(feed(createDecoder(small), "82 82 82 82 80").errorMessage).toContain("index 0");
    const broken = feed(createDecoder(small), "82 82 82 82 0484ffffffff");
    expect(broken.errorMessage).toContain("end-of-string");
  });

  test("a string beyond all limits, plain or Huffman, is counted and dropped", () => {
    // The Huffman code of "0" is 00000: 1000 octets make 1600 of them.
    const cases: [hex: string, listBytes: number][] = [
      [`40 0178 7fe906 ${"61".repeat(1000)}`, 1033],
      [`40 0178 ffe906 ${"00".repeat(1000)}`, 1633],
      [`00 0178 ffe906 ${"00".repeat(1000)}`, 1633],
    ];
    for (const [hex, listBytes] of cases) {
      const decoder = createDecoder({ ...small, maxTableSize: 64 });
      expect(feed(decoder, hex)).toMatchObject({ tooLarge: true, listBytes, fields: [] });
      expect(feed(decoder, "82").fields).toEqual([":method", "GET"]);
      expect(feed(decoder, "be").errorMessage).toContain("tables end at 61");
    }
  });
});

describe("validity", () => {
  const literal = (name: string, value: string): string => {
    const part = (text: string): string =>
      Buffer.from([text.length, ...Buffer.from(text, "latin1")]).toString("hex");
    return `40${part(name)}${part(value)}`;
  };

  test.each([
    ["a", "", true],
    [":path", "/x", true],
    ["x-y_z.0", "a b\tc", true],
    ["a", "\u00e9\u0001\u007f", true],
    ["", "x", false],
    ["Abc", "x", false],
    ["a b", "x", false],
    ["a\u0000", "x", false],
    ["a\u007f", "x", false],
    ["\u00e9", "x", false],
    ["a:b", "x", false],
    ["::a", "x", false],
    ["a", "x\u0000y", false],
    ["a", "x\ny", false],
    ["a", "x\ry", false],
    ["a", " x", false],
    ["a", "x ", false],
    ["a", "\tx", false],
    ["a", "x\t", false],
    ["a", " ", false],
  ])("of %j: %j is %s, as a literal and as an entry", (name, value, valid) => {
    const decoder = createDecoder(limits);
    const first = feed(decoder, literal(name, value));
    expect(first.fields).toEqual([name, value]);
    const again = feed(decoder, "82be");
    for (const { list } of [first, again]) {
      expect(list?.valid).toBe(valid);
      expect(list?.invalidReason === undefined).toBe(valid);
    }
  });

  test.each([
    [" x", true],
    ["x\t", true],
    [" ", true],
    ["x\u0000 ", false],
    ["x\r", false],
  ])("white space at the ends of %j can be allowed: %s", (value, valid) => {
    const decoder = createDecoder({ ...limits, allowsOuterSpace: true });
    const first = feed(decoder, literal("a", value));
    expect([first.fields, first.list?.valid]).toEqual([["a", value], valid]);
    expect(feed(decoder, "be").list?.valid).toBe(valid);
  });

  test("a bad name taken from the table stays bad, and the reason shows no value", () => {
    const decoder = createDecoder(limits);
    feed(decoder, literal("Bad", "x"));
    expect(feed(decoder, "7e0179").list?.invalidReason).toContain('"Bad"');
    const secret = feed(decoder, literal("token", "secret "));
    expect(secret.list?.invalidReason).toContain('"token"');
    expect(secret.list?.invalidReason).not.toContain("secret");
  });
});

describe("blocks known by heart", () => {
  test("give the very same list, memo included", () => {
    const decoder = createDecoder(limits);
    const lists = Array.from({ length: 5 }, () => feed(decoder, "82868401 0161").list!);
    expect(lists[2]).toBe(lists[1]);
    lists[2]!.memo = "noted";
    expect(feed(decoder, "82868401 0161").list!.memo).toBe("noted");
    expect(feed(decoder, "82868401 0162").fields.at(-1)).toBe("b");
  });

  test("are decoded anew once the table has moved", () => {
    const decoder = createDecoder(limits);
    feed(decoder, "4001610162");
    for (let round = 0; round < 4; round++) feed(decoder, "be");
    feed(decoder, "4001630164");
    expect(feed(decoder, "be").fields).toEqual(["c", "d"]);
    expect(feed(decoder, "bf").fields).toEqual(["a", "b"]);
    feed(decoder, "20");
    expect(feed(decoder, "be").errorMessage).toContain("tables end at 61");
  });

  test("a block that adds to the table adds each time", () => {
    const decoder = createDecoder(limits);
    for (let round = 0; round < 5; round++) feed(decoder, "4001610162");
    expect(feed(decoder, "c2").fields).toEqual(["a", "b"]);
    expect(feed(decoder, "c3").errorMessage).toContain("tables end at 66");
  });
});

test("any bytes give a result within the bounds, and never throw", () => {
  const block = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    // Mostly sensible octets get further.
    fc.array(fc.constantFrom(0x82, 0xbe, 0xbf, 0x40, 0x01, 0x61, 0x00, 0x10, 0x20, 0x7e), {
      maxLength: 40,
    }),
  );
  fc.assert(
    fc.property(fc.array(block, { maxLength: 12 }), (blocks) => {
      const decoder = createDecoder({ maxTableSize: 128, maxListBytes: 200, maxFields: 4 });
      for (const octets of blocks) {
        const result = decoder.decode(Uint8Array.from(octets), 0, octets.length);
        expect(result.fields.length).toBeLessThanOrEqual(8);
        const size = result.fields.reduce((sum, text) => sum + text.length + 16, 0);
        expect(size).toBeLessThanOrEqual(200);
        const isKept = result.errorMessage === undefined && !result.tooLarge;
        expect(result.list !== undefined).toBe(isKept);
        if (isKept) expect(result.listBytes).toBe(size);
      }
    }),
    { numRuns: 1000 },
  );
});
