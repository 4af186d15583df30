// Platforms on which 64-bit integers are strings: protobuf-es asks BUF_BIGINT_DISABLE when it is loaded.
import { create, fromBinary, type Message, protoInt64, toBinary } from "@bufbuild/protobuf";
import { afterAll, describe, expect, it, vi } from "vitest";
import { createCodec } from "../src/codec.js";
import { typeNamed } from "./every-kind.js";

const before = vi.hoisted(() => {
  const value = process.env.BUF_BIGINT_DISABLE;
  process.env.BUF_BIGINT_DISABLE = "1";
  return value;
});

afterAll(() => {
  if (before === undefined) {
    delete process.env.BUF_BIGINT_DISABLE;
  } else {
    process.env.BUF_BIGINT_DISABLE = before;
  }
});

const SIGNED = ["0", "1", "-1", "127", "4294967296", "9223372036854775807", "-9223372036854775808"];
const UNSIGNED = ["0", "1", "127", "4294967296", "18446744073709551615"];

const FIELDS: readonly (readonly [string, readonly string[]])[] = [
  ["Int64", SIGNED],
  ["Sint64", SIGNED],
  ["Sfixed64", SIGNED],
  ["Uint64", UNSIGNED],
  ["Fixed64", UNSIGNED],
];

it("bigint is switched off", () => {
  expect(protoInt64.supported).toBe(false);
});

describe.each(["compiled", "closure"] as const)("in %s mode", (mode) => {
  const implicit = typeNamed("three.Implicit");
  const packed = typeNamed("three.Packed");
  const maps = typeNamed("three.KeyMaps");

  it.each(FIELDS)("fields of type %s hold strings", (name, values) => {
    const codec = createCodec(implicit, { mode });
    for (const value of values) {
      const message = create(implicit, { [`i${name}`]: value } as never);
      const bytes = codec.encode(message);
      expect(bytes).toEqual(toBinary(implicit, message));
      expect(codec.decode(bytes)).toEqual(fromBinary(implicit, bytes));
      expect(codec.decode(bytes)).toMatchObject({ [`i${name}`]: value });
    }
  });

  it.each(FIELDS)("lists of type %s hold strings", (name, values) => {
    const codec = createCodec(packed, { mode });
    const message = create(packed, { [`r${name}`]: values } as never);
    const bytes = codec.encode(message);
    expect(bytes).toEqual(toBinary(packed, message));
    expect(codec.decode(bytes)).toEqual(message);
  });

  it("maps have their keys, absent ones being zero", () => {
    const codec = createCodec(maps, { mode });
    for (const field of maps.fields) {
      const bytes = Uint8Array.of((field.number << 3) | 2, 2, 16, 7);
      const decoded: Message = codec.decode(bytes);
      expect(decoded).toEqual(fromBinary(maps, bytes));
      expect(codec.encode(decoded)).toEqual(toBinary(maps, decoded));
    }
  });

  it("what is no number is refused", () => {
    const codec = createCodec(implicit, { mode });
    const message = create(implicit, { iInt64: "12x" } as never);
    expect(() => codec.encode(message)).toThrow(/i_int64: 12x \(string\)/);
  });
});
