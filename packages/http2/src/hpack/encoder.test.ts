// Checks the encoder's policy octet by octet: what is indexed when, what never is, and what a size change sends.
import { describe, expect, test } from "vitest";
import type { HeaderBlock } from "../contract.js";
import { createDecoder } from "./decoder.js";
import { createEncoder, type HpackEncoder } from "./encoder.js";

const target = new Uint8Array(65536);

function encode(encoder: HpackEncoder, block: HeaderBlock): number[] {
  const end = encoder.encode(block, target, 3);
  expect(end - 3).toBeLessThanOrEqual(encoder.maxEncodedLength(block));
  return [...target.subarray(3, end)];
}

/** A new block each time, as an application makes them. */
function send(encoder: HpackEncoder, ...fields: string[]): number[] {
  return encode(encoder, { fields });
}

const head: HeaderBlock = { fields: [":status", "200", "content-type", "application/grpc"] };
const trailers: HeaderBlock = { fields: ["grpc-status", "0"] };

describe("constant blocks", () => {
  test("a response costs three octets from the second time on", () => {
    const encoder = createEncoder();
    encode(encoder, head);
    encode(encoder, trailers);
    for (let round = 0; round < 4; round++) {
      expect(encode(encoder, head)).toEqual([0x88, 0xbf]);
      expect(encode(encoder, trailers)).toEqual([0xbe]);
    }
  });

  test("are found again after other entries have moved the indices", () => {
    const encoder = createEncoder();
    for (let round = 0; round < 3; round++) encode(encoder, head);
    send(encoder, "te", "trailers");
    expect(encode(encoder, head)).toEqual([0x88, 0xbf]);
    send(encoder, "te", "other");
    expect(encode(encoder, head)).toEqual([0x88, 0xc0]);
    expect(encode(encoder, head)).toEqual([0x88, 0xc0]);
  });

  test("are kept whole when they are long: what is never indexed is sent as it was", () => {
    const encoder = createEncoder();
    const block: HeaderBlock = { fields: ["authorization", `Bearer ${"x".repeat(80)}`] };
    const first = encode(encoder, block);
    expect(first.length).toBeGreaterThan(48);
    for (let round = 0; round < 3; round++) expect(encode(encoder, block)).toEqual(first);
  });

  test("are indexed at first sight as a prefix, whatever they hold", () => {
    const encoder = createEncoder();
    const connection: HeaderBlock = { fields: [":scheme", "http", "x-app", "shop"] };
    const prefix: HeaderBlock = { prefix: connection, fields: [":path", "/a.B/C"] };
    expect(encode(encoder, { prefix, fields: ["x-id", "1"] })[1]).toBe(0x40);
    expect(encode(encoder, { prefix, fields: [] })).toEqual([0x86, 0xbf, 0xbe]);
    expect(encode(encoder, { prefix, fields: [] })).toEqual([0x86, 0xbf, 0xbe]);
  });

  test("are indexed at second sight without being a prefix", () => {
    const encoder = createEncoder();
    const block: HeaderBlock = { fields: [":path", "/a.B/C", "x-app", "shop"] };
    expect(encode(encoder, block)[0]).toBe(0x04);
    expect(encode(encoder, block)[0]).toBe(0x44);
    expect(encode(encoder, block)).toEqual([0xbf, 0xbe]);
  });

  test("stay right when more of them are in use than are held at hand", () => {
    const encoder = createEncoder();
    const decoder = createDecoder({ maxTableSize: 4096, maxListBytes: 65536, maxFields: 128 });
    const blocks = Array.from({ length: 20 }, (_, at) => ({ fields: ["x-at", `${at % 7}`] }));
    for (let round = 0; round < 100; round++) {
      const block = blocks[(round * round) % 20]!;
      const prefix = blocks[(round * 3) % 20]!;
      const end = encoder.encode({ prefix, fields: block.fields }, target, 0);
      const fields = decoder.decode(target, 0, end).fields;
      expect(fields).toEqual([...prefix.fields, ...block.fields]);
      const again = encoder.encode(block, target, 0);
      expect(decoder.decode(target, 0, again).fields).toEqual(block.fields);
    }
  });
});

describe("fields of other blocks", () => {
  test("are indexed when the value comes again", () => {
    const encoder = createEncoder();
    const first = send(encoder, "x-tenant", "abc");
    expect(first[0]).toBe(0x00);
    const second = send(encoder, "x-tenant", "abc");
    expect(second[0]).toBe(0x40);
    expect(send(encoder, "x-tenant", "abc")).toEqual([0xbe]);
    // The name alone costs an index from then on.
    expect(send(encoder, "x-tenant", "d").slice(0, 2)).toEqual([0x0f, 0x2f]);
  });

  test.each(["grpc-timeout", "grpc-message", "content-length", "traceparent", "tracestate"])(
    "%s is never indexed, not even in a prefix",
    (name) => {
      const encoder = createEncoder();
      const prefix: HeaderBlock = { fields: [name, "1"] };
      for (let round = 0; round < 4; round++) {
        expect(send(encoder, name, "1")[0]! & 0xf0).toBe(0x00);
        expect(encode(encoder, { prefix, fields: [] })[0]! & 0xf0).toBe(0x00);
      }
    },
  );

  test.each(["authorization", "cookie", "set-cookie", "proxy-authorization", "x-token-bin"])(
    "%s is a never-indexed literal each time, also in a constant block",
    (name) => {
      const encoder = createEncoder();
      const prefix: HeaderBlock = { fields: [name, "secret"] };
      const empty: HeaderBlock = { fields: [name, ""] };
      for (let round = 0; round < 4; round++) {
        expect(send(encoder, name, "secret")[0]! & 0xf0).toBe(0x10);
        expect(encode(encoder, { prefix, fields: [] })[0]! & 0xf0).toBe(0x10);
        expect(encode(encoder, empty)[0]! & 0xf0).toBe(0x10);
      }
    },
  );

  test("entries above three quarters of the table are not indexed", () => {
    const encoder = createEncoder();
    const prefixOf = (length: number): HeaderBlock => ({ fields: ["x-a", "v".repeat(length)] });
    expect(encode(encoder, { prefix: prefixOf(3072 - 35), fields: [] })[0]).toBe(0x40);
    const large = prefixOf(3072 - 34);
    // Only the name is known, by an index.
    expect(encode(encoder, { prefix: large, fields: [] }).slice(0, 2)).toEqual([0x0f, 0x2f]);
  });
});

describe("room", () => {
  test("without enough of it nothing changes", () => {
    const encoder = createEncoder();
    encoder.setPeerTableSize(1000);
    const block: HeaderBlock = { prefix: head, fields: ["x-a", "1"] };
    const need = encoder.maxEncodedLength(block);
    const small = new Uint8Array(need - 1);
    for (let round = 0; round < 5; round++) expect(encoder.encode(block, small, 0)).toBe(-1);
    expect(small.every((octet) => octet === 0)).toBe(true);
    const fresh = createEncoder();
    fresh.setPeerTableSize(1000);
    expect(encode(encoder, block)).toEqual(encode(fresh, block));
  });

  test("a kept encoding needs no more than its own length", () => {
    const encoder = createEncoder();
    for (let round = 0; round < 3; round++) encode(encoder, head);
    const exact = new Uint8Array(2);
    expect(encoder.encode(head, exact, 0)).toBe(2);
    expect(encoder.encode(head, exact, 1)).toBe(-1);
  });
});

describe("table size", () => {
  const update = (size: number): number[] => {
    const encoder = createEncoder();
    encoder.setPeerTableSize(size);
    return send(encoder, ":method", "GET").slice(0, -1);
  };

  test("is announced when it changes, and never above our own cap", () => {
    expect(update(100)).toEqual([0x3f, 0x45]);
    expect(update(0)).toEqual([0x20]);
    expect(update(4096)).toEqual([]);
    expect(update(2 ** 32 - 1)).toEqual([]);
  });

  test("after several changes: the smallest, then the last, once", () => {
    const encoder = createEncoder();
    for (const size of [2000, 100, 3000, 8192]) encoder.setPeerTableSize(size);
    expect(send(encoder, ":method", "GET")).toEqual([0x3f, 0x45, 0x3f, 0xe1, 0x1f, 0x82]);
    expect(send(encoder, ":method", "GET")).toEqual([0x82]);
    for (const size of [500, 200]) encoder.setPeerTableSize(size);
    expect(send(encoder, ":method", "GET")).toEqual([0x3f, 0xa9, 0x01, 0x82]);
    for (const size of [300, 400]) encoder.setPeerTableSize(size);
    expect(send(encoder, ":method", "GET")).toEqual([0x3f, 0xf1, 0x02, 0x82]);
  });

  test("a cap below the default is announced at once, one above it when the peer allows", () => {
    const small = createEncoder({ maxTableSize: 0 });
    expect(send(small, "te", "trailers").slice(0, 2)).toEqual([0x20, 0x00]);
    expect(send(small, "te", "trailers")[0]).toBe(0x00);
    const large = createEncoder({ maxTableSize: 8192 });
    expect(send(large, ":method", "GET")).toEqual([0x82]);
    large.setPeerTableSize(8192);
    expect(send(large, ":method", "GET")).toEqual([0x3f, 0xe1, 0x3f, 0x82]);
  });

  test("an update is sent even before a block that is known by heart", () => {
    const encoder = createEncoder();
    for (let round = 0; round < 3; round++) encode(encoder, head);
    encoder.setPeerTableSize(0);
    expect(encode(encoder, head).slice(0, 2)).toEqual([0x20, 0x88]);
  });
});

test("many names and values leave no more than the table behind", () => {
  const encoder = createEncoder();
  const decoder = createDecoder({ maxTableSize: 4096, maxListBytes: 65536, maxFields: 128 });
  for (let at = 0; at < 2000; at++) {
    const fields = [`x-${at % 500}`, "v", `x-${at % 3}`, "w", "te", `${at}`];
    const end = encoder.encode({ fields }, target, 0);
    expect(decoder.decode(target, 0, end).fields).toEqual(fields);
  }
});
