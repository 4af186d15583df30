// Header fields to metadata and back.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  appendFields,
  decodeBinaryValue,
  encodeBinaryValue,
  metadataFromFields,
} from "./fields.js";
import { Metadata } from "./metadata.js";

function fieldsOf(metadata: Metadata | undefined): string[] {
  const fields: string[] = [];
  appendFields(metadata, fields);
  return fields;
}

describe("metadataFromFields", () => {
  it("knows long texts again, and takes none that looks like them for one", () => {
    const good = "x".repeat(100);
    const alike = [`${"y".repeat(50)}${"x".repeat(50)}`, `\u0000${"x".repeat(99)}`];
    for (let at = 0; at < 3; at++) {
      expect(metadataFromFields(["a", good]).get("a")).toBe(good);
      expect(metadataFromFields(["a", ` ${good} `]).get("a")).toBe(good);
      expect(metadataFromFields(["a", alike[0]!]).get("a")).toBe(alike[0]);
      expect(metadataFromFields(["a", alike[1]!]).has("a")).toBe(false);
    }
  });

  it("keeps custom fields in order, duplicates included", () => {
    const metadata = metadataFromFields(["a", "1", "b", "2", "a", "3"]);
    expect([...metadata]).toEqual([
      ["a", "1"],
      ["b", "2"],
      ["a", "3"],
    ]);
  });

  it("drops what belongs to the protocol", () => {
    const fields = [
      ...[":method", "POST", ":path", "/a/b", ":authority", "x", "te", "trailers"],
      ...["content-type", "application/grpc", "grpc-timeout", "1S", "grpc-encoding", "gzip"],
      ...["grpc-accept-encoding", "gzip", "grpc-status", "0", "grpc-message", "x", "host", "x"],
      ...["grpc-unheard-of", "x", "content-length", "5", "connection", "close", "a", "1"],
    ];
    expect([...metadataFromFields(fields)]).toEqual([["a", "1"]]);
  });

  it("lets pass what is no secret of the protocol", () => {
    const fields = ["user-agent", "x/1", "grpc-trace-bin", "AQ", "grpc-previous-rpc-attempts", "1"];
    expect(metadataFromFields(fields).size).toBe(3);
  });

  it("strips the space around text", () => {
    const fields = ["a", " x y ", "b", "\tz\t", "c", " ", "d-bin", " AQ "];
    expect([...metadataFromFields(fields)]).toEqual([
      ["a", "x y"],
      ["b", "z"],
      ["c", ""],
      ["d-bin", Uint8Array.of(1)],
    ]);
  });

  it("drops invalid fields and goes on", () => {
    const fields = ["a!", "1", "b", "é", "c-bin", "!!", "d", "x\ty", "", "x", "e", "1"];
    expect([...metadataFromFields(fields)]).toEqual([["e", "1"]]);
  });

  it.each([
    ["AQID", [[1, 2, 3]]],
    ["AQ", [[1]]],
    ["AQ==", [[1]]],
    ["AQI=", [[1, 2]]],
    ["-_8", [[0xfb, 0xff]]],
    ["+/8=", [[0xfb, 0xff]]],
    ["", [[]]],
    ["AQ,AQI=, AQID", [[1], [1, 2], [1, 2, 3]]],
    ["AQ,!,AQI", [[1], [1, 2]]],
    ["AQ=", []],
    ["A", []],
    ["AQIDA", []],
    ["A Q", []],
    ["=", []],
    ["A===", []],
    ["AQ==AQ==", []],
  ])("the binary value %j is %j", (text, values) => {
    const found = metadataFromFields(["x-bin", text]).getAll("x-bin");
    expect(found.map((value) => Array.from(value))).toEqual(values);
  });

  it("a name like __proto__ is only a name", () => {
    const metadata = metadataFromFields(["__proto__", "1", "constructor", "2"]);
    expect(metadata.get("__proto__")).toBe("1");
    expect(metadata.get("constructor")).toBe("2");
    expect(metadata.get("tostring")).toBeUndefined();
  });
});

describe("appendFields", () => {
  it("adds nothing when there is nothing", () => {
    expect(fieldsOf(undefined)).toEqual([]);
    expect(fieldsOf(new Metadata())).toEqual([]);
  });

  it("sends bytes unpadded", () => {
    expect(fieldsOf(new Metadata({ a: "1", "b-bin": new Uint8Array([1]) }))).toEqual([
      ...["a", "1", "b-bin", "AQ"],
    ]);
  });

  it("does not send on what only the protocol may say", () => {
    const received = metadataFromFields(["user-agent", "x", "a", "1"]);
    expect(fieldsOf(received)).toEqual(["a", "1"]);
  });
});

describe("metadata on the wire", () => {
  it("comes back as it was", () => {
    const value = fc.oneof(
      fc.record({
        name: fc.constantFrom("a", "b.c", "_x"),
        value: fc.string({ unit: fc.constantFrom("a", "~", "!", ",", "%") }),
      }),
      fc.record({
        name: fc.constantFrom("a-bin", "b-bin"),
        value: fc.uint8Array({ maxLength: 40 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(value), (entries) => {
        const metadata = new Metadata(entries.map((it) => [it.name, it.value] as const));
        expect([...metadataFromFields(fieldsOf(metadata))]).toEqual([...metadata]);
      }),
    );
  });

  it("any bytes survive base64, padded or not", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const text = encodeBinaryValue(bytes);
        expect(text).toMatch(/^[A-Za-z0-9+/]*$/);
        expect(decodeBinaryValue(text)).toEqual(bytes);
        expect(decodeBinaryValue(text.padEnd(Math.ceil(text.length / 4) * 4, "="))).toEqual(bytes);
      }),
    );
  });

  it("any fields can be read", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (fields) => {
        expect(metadataFromFields(fields)).toBeInstanceOf(Metadata);
      }),
    );
  });
});
