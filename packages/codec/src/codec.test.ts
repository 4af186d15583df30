// What a codec promises beyond being identical to protobuf-es: buffers, ranges, ownership, errors.
import { create, type Message } from "@bufbuild/protobuf";
import {
  AnySchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  StringValueSchema,
  TimestampSchema,
  UninterpretedOption_NamePartSchema,
  ValueSchema,
} from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { codecFor, createCodec } from "./codec.js";
import { CodecError } from "./codec-error.js";

const MODES = ["compiled", "closure"] as const;

function faultOf(run: () => unknown): CodecError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    return error as CodecError;
  }
  throw new Error("nothing was refused");
}

describe("codecFor", () => {
  it("gives the same codec each time", () => {
    expect(codecFor(AnySchema)).toBe(codecFor(AnySchema));
  });
});

describe.each(MODES)("a codec in %s mode", (mode) => {
  const strings = createCodec(StringValueSchema, { mode });
  const anys = createCodec(AnySchema, { mode });

  it("never writes again to bytes that it has given away", () => {
    const sizes = Array.from({ length: 300 }, (_, index) => (index * 37) % 700).concat(
      5000,
      9,
      70_000,
      3,
    );
    const values = sizes.map((size) => "v".repeat(size));
    const encoded = values.map((value) => strings.encode(create(StringValueSchema, { value })));
    for (const [index, bytes] of encoded.entries()) {
      expect(strings.decode(bytes).value).toBe(values[index]);
    }
  });

  it("gives messages of more than a few kilobytes a buffer of their own", () => {
    const message = create(StringValueSchema, { value: "v".repeat(20_000) });
    for (let i = 0; i < 3; i++) {
      const bytes = strings.encode(message);
      expect(bytes.buffer.byteLength).toBe(bytes.length);
    }
  });

  it.each([
    [7, 12],
    [8, 13],
  ])("encodes 5 bytes at an offset up to a limit of %i", (offset, limit) => {
    const target = new Uint8Array(20).fill(0xee);
    const message = create(StringValueSchema, { value: "abc" });
    expect(strings.encodeInto(message, target, offset, limit)).toBe(limit);
    expect([...target.subarray(offset, limit)]).toEqual([10, 3, 97, 98, 99]);
    expect(target.subarray(0, offset).every((byte) => byte === 0xee)).toBe(true);
  });

  it.each([
    [16, 20],
    [0, 4],
    [20, 20],
    [0, 0],
  ])("says where 5 bytes would end that do not fit between %i and %i", (offset, limit) => {
    const message = create(StringValueSchema, { value: "abc" });
    expect(strings.encodeInto(message, new Uint8Array(20), offset, limit)).toBe(-offset - 5);
  });

  it.each([0, 100, 127, 128, 16_383, 16_384, 65_530, 65_536, 200_000])(
    "round-trips %i bytes in each of two fields",
    (size) => {
      const message = create(AnySchema, {
        typeUrl: "é".repeat(size / 2),
        value: new Uint8Array(size),
      });
      const decoded = anys.decode(anys.encode(message));
      expect(decoded.typeUrl).toBe(message.typeUrl);
      expect(decoded.value.length).toBe(size);
    },
  );

  it("round-trips messages whose lengths take one to four bytes", () => {
    const codec = createCodec(FileDescriptorSetSchema, { mode });
    const names = [1, 120, 16_000, 2_100_000].map((size) => "n".repeat(size));
    const set = create(FileDescriptorSetSchema, { file: names.map((name) => ({ name })) });
    expect(codec.decode(codec.encode(set))).toEqual(set);
  });

  it("decodes a part of the bytes and nothing beyond it", () => {
    const bytes = Uint8Array.of(255, 10, 1, 97, 255);
    expect(strings.decode(bytes, 1, 4).value).toBe("a");
    expect(strings.decode(bytes, 4, 4).value).toBe("");
    expect(() => strings.decode(bytes, 1, 3)).toThrow(CodecError);
    expect(() => strings.decode(bytes, 3, 6)).toThrow(RangeError);
    expect(() => strings.decode(bytes, 3, 2)).toThrow(RangeError);
  });

  it("copies what a message keeps, unless the bytes are owned", () => {
    const bytes = Buffer.from([0x12, 2, 1, 2, 0x1a, 1, 9]);
    const copied = anys.decode(bytes);
    const viewed = anys.decode(bytes, 0, bytes.length, true);
    bytes.fill(7);
    expect([...copied.value]).toEqual([1, 2]);
    expect([...copied.$unknown![0]!.data]).toEqual([1, 9]);
    expect([...viewed.value]).toEqual([7, 7]);
    expect([...viewed.$unknown![0]!.data]).toEqual([7, 7]);
    expect(Object.getPrototypeOf(viewed.value)).toBe(Uint8Array.prototype);
  });

  it("encodes while another message is being encoded", () => {
    const inner = create(StringValueSchema, { value: "inner" });
    const outer = create(AnySchema, { value: Uint8Array.of(1) });
    Object.defineProperty(outer, "typeUrl", {
      enumerable: true,
      get: () => (strings.encode(inner).length > 0 ? "outer" : ""),
    });
    expect(Buffer.from(anys.encode(outer)).toString("latin1")).toBe("\n\x05outer\x12\x01\x01");
  });

  it("encodes messages of more than a megabyte, one after another", () => {
    for (const size of [70_000, 1_500_000, 1_500_000, 900_000]) {
      const bytes = strings.encode(create(StringValueSchema, { value: "v".repeat(size) }));
      expect(strings.decode(bytes).value.length).toBe(size);
    }
  });

  it("refuses a message that changes while it is encoded", () => {
    const outer = create(AnySchema);
    let length = 100_000;
    Object.defineProperty(outer, "typeUrl", { get: () => "u".repeat(length++) });
    const fault = faultOf(() => createCodec(AnySchema, { mode }).encode(outer));
    expect(fault.message).toContain("google.protobuf.Any: the message took");
    expect(fault.fieldName).toBeUndefined();
  });

  it("works on after a refusal", () => {
    expect(() => strings.encode({} as never)).toThrow(CodecError);
    expect(() => strings.decode(Uint8Array.of(10, 9))).toThrow(CodecError);
    expect(strings.encode(create(StringValueSchema, { value: "a" })).length).toBe(3);
  });
});

describe.each(MODES)("errors in %s mode", (mode) => {
  const timestamps = createCodec(TimestampSchema, { mode });

  it.each([
    ["a wrong value", { nanos: 1.5 }, "google.protobuf.Timestamp.nanos: 1.5 (number)"],
    [
      "a value out of range",
      { seconds: 1n << 63n },
      "google.protobuf.Timestamp.seconds: 9223372036854775808",
    ],
    ["a missing value", { nanos: undefined }, "google.protobuf.Timestamp.nanos: undefined"],
  ])("name message, field and what is wrong with %s", (_, change, text) => {
    const message = Object.assign(create(TimestampSchema), change);
    expect(faultOf(() => timestamps.encode(message as Message as never)).message).toContain(
      `cannot encode ${text}`,
    );
  });

  it("name the message that is of another type", () => {
    const target = new Uint8Array(9);
    const into = faultOf(() => timestamps.encodeInto(create(AnySchema) as never, target, 0, 9));
    const fault = faultOf(() => timestamps.encode(create(AnySchema) as never));
    expect(into.message).toBe(fault.message);
    expect(fault.message).toContain(
      "google.protobuf.Timestamp: the message is a google.protobuf.Any",
    );
    expect(fault.typeName).toBe("google.protobuf.Timestamp");
    expect(fault.fieldName).toBeUndefined();
  });

  it("name the field that is required", () => {
    const codec = createCodec(UninterpretedOption_NamePartSchema, { mode });
    const fault = faultOf(() => codec.encode(create(UninterpretedOption_NamePartSchema)));
    expect(fault.fieldName).toBe("name_part");
    expect(fault.message).toContain("required");
  });

  it.each([
    ["truncated input", [0x08], "seconds", "ends in the middle"],
    ["an endless varint", [0x08, ...Array(10).fill(0xff), 1], "seconds", "longer than 10 bytes"],
    ["field number 0", [0x00, 0x00], undefined, "field number 0"],
    ["wire type 7", [0x0f], undefined, "wire type 7"],
    ["a group end without a start", [0x7c], undefined, "has no start"],
    ["a group without an end", [0x7b, 0x08, 0x01], undefined, "ends in the middle"],
  ])("name %s", (_, bytes, field, text) => {
    const fault = faultOf(() => timestamps.decode(Uint8Array.from(bytes)));
    expect(fault.fieldName).toBe(field);
    expect(fault.message).toContain(text);
  });

  it("name the nested message and the field with invalid UTF-8", () => {
    const codec = createCodec(ValueSchema, { mode });
    // list_value { values { string_value: 0xff } }
    const fault = faultOf(() => codec.decode(Uint8Array.of(0x32, 5, 0x0a, 3, 0x1a, 1, 0xff)));
    expect(fault.message).toContain("google.protobuf.Value.string_value");
    expect(fault.message).toContain("UTF-8");
  });

  it("name the cause that is no Error and has passed", () => {
    const message = create(TimestampSchema);
    let calls = 0;
    Object.defineProperty(message, "nanos", {
      get() {
        if (calls++ === 0) {
          throw "not now";
        }
        return 1;
      },
    });
    const fault = faultOf(() => timestamps.encode(message));
    expect(fault.message).toBe("cannot encode google.protobuf.Timestamp: not now");
    expect(fault.cause).toBe("not now");
    expect(timestamps.encode(message).length).toBe(2);
  });

  it.each([
    ["messages", (body: number[]) => [0x32, body.length + 2, 0x0a, body.length, ...body], 4],
    ["unknown groups", (body: number[]) => [0xa3, 0x06, ...body, 0xa4, 0x06], 9],
  ])("say that %s are nested too deep", (_, nest, deepest) => {
    const codec = createCodec(ValueSchema, { mode, recursionLimit: 10 });
    let body: number[] = [];
    for (let levels = 1; levels <= deepest; levels++) {
      body = nest(body);
      expect(codec.encode(codec.decode(Uint8Array.from(body)))).toEqual(Uint8Array.from(body));
    }
    const fault = faultOf(() => codec.decode(Uint8Array.from(nest(body))));
    expect(fault.message).toContain("nested deeper than the recursion limit");
  });

  it("are no stack overflows when a message contains itself", () => {
    const codec = createCodec(FileDescriptorProtoSchema, { mode });
    const file = create(FileDescriptorProtoSchema, { messageType: [{}] });
    file.messageType[0]!.nestedType.push(file.messageType[0]!);
    expect(faultOf(() => codec.encode(file)).message).toContain("cannot encode");
  });
});
