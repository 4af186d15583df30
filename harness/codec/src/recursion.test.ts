// Nesting around the recursion limit: refused at the same level as protobuf-es refuses it.
import { type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { StructSchema } from "@bufbuild/protobuf/wkt";
import { createCodec } from "@trunkline/codec";
import { describe, expect, it } from "vitest";
import { loadRegistry } from "./descriptors.js";
import { findDifference } from "./difference.js";

const registry = loadRegistry("conformance");
const proto3 = registry.getMessage("protobuf_test_messages.proto3.TestAllTypesProto3")!;
const edition = registry.getMessage("protobuf_test_messages.editions.TestAllTypesEdition2023")!;

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

function wrap(number: number, body: readonly number[]): number[] {
  return [...varint((number << 3) | 2), ...varint(body.length), ...body];
}

function group(number: number, body: readonly number[]): number[] {
  return [...varint((number << 3) | 3), ...body, ...varint((number << 3) | 4)];
}

function nest(levels: number, around: (body: readonly number[]) => number[]): number[] {
  let body: number[] = [];
  for (let i = 0; i < levels; i++) {
    body = around(body);
  }
  return body;
}

const recursive = proto3.fields.find((field) => field.name === "recursive_message")!.number;
const delimited = edition.fields.find(
  (field) => field.name === "groupliketype" || field.name === "group_like_type",
)!.number;
const listValue = (body: readonly number[]) => wrap(6, wrap(1, body));

const shapes: readonly [string, DescMessage, (levels: number) => number[]][] = [
  ["messages", proto3, (levels) => nest(levels, (body) => wrap(recursive, body))],
  ["unknown groups", proto3, (levels) => nest(levels, (body) => group(9999, body))],
  [
    "unknown groups inside of messages",
    proto3,
    (levels) =>
      nest(levels >> 1, (body) => wrap(recursive, body)).concat(
        wrap(
          recursive,
          nest(levels - 1, (body) => group(9999, body)),
        ),
      ),
  ],
  ["values in a Struct", StructSchema, (levels) => wrap(1, wrap(2, nest(levels >> 1, listValue)))],
  [
    "unknown groups in a group",
    edition,
    (levels) =>
      group(
        delimited,
        nest(levels, (body) => group(9999, body)),
      ),
  ],
];

describe.each(shapes)("%s", (_, desc, make) => {
  it.each(["compiled", "closure"] as const)(
    "nest as deep as with protobuf-es in %s mode",
    (mode) => {
      let refused = 0;
      let accepted = 0;
      for (const recursionLimit of [100, 7, 1]) {
        const limited = createCodec(desc, { mode, recursionLimit });
        for (let levels = Math.max(0, recursionLimit - 6); levels < recursionLimit + 6; levels++) {
          const bytes = Uint8Array.from(make(levels));
          let expected: unknown;
          try {
            expected = fromBinary(desc, bytes, { recursionLimit });
          } catch {
            refused++;
            expect(
              () => limited.decode(bytes),
              `${levels} levels, limit ${recursionLimit}`,
            ).toThrow(/nested deeper/);
            continue;
          }
          accepted++;
          expect(findDifference(expected, limited.decode(bytes))).toBeUndefined();
        }
      }
      expect(Math.min(refused, accepted)).toBeGreaterThan(0);
    },
  );

  it("of 100 levels is what the default allows", () => {
    const bytes = Uint8Array.from(make(1000));
    expect(() => createCodec(desc).decode(bytes)).toThrow(/nested deeper/);
  });
});
