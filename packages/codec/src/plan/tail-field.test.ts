// Which bytes a message ends with: those that stand last in what is encoded, or none.
import { create, createFileRegistry, type DescMessage, toBinary } from "@bufbuild/protobuf";
import {
  AnySchema,
  BytesValueSchema,
  DurationSchema,
  EmptySchema,
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { codecFor } from "../codec.js";

const bytes = Uint8Array.of(7, 8, 9);
const file = create(FileDescriptorProtoSchema, {
  name: "tail.proto",
  syntax: "proto3",
  messageType: [
    {
      // The last one by number stands first.
      name: "Part",
      field: [
        { name: "chunk", number: 9, type: Type.BYTES, label: Label.OPTIONAL, oneofIndex: 0 },
        { name: "name", number: 2, type: Type.STRING, label: Label.OPTIONAL, oneofIndex: 0 },
      ],
      oneofDecl: [{ name: "part" }],
    },
    { name: "Many", field: [{ name: "all", number: 1, type: Type.BYTES, label: Label.REPEATED }] },
  ],
});
const registry = createFileRegistry(file, () => undefined);
const partSchema = registry.getMessage("Part") as DescMessage;
const manySchema = registry.getMessage("Many") as DescMessage;

describe("tailOf", () => {
  it.each([
    ["a field behind others", AnySchema, { typeUrl: "a/b", value: bytes }],
    ["the only field", BytesValueSchema, { value: bytes }],
    ["the case of a oneof", partSchema, { part: { case: "chunk", value: bytes } }],
  ])("is %s", (_what, schema: DescMessage, init) => {
    const message = create(schema, init as never);
    expect(codecFor(schema).tailOf(message)).toBe(bytes);
    expect([...toBinary(schema, message).slice(-bytes.length)]).toEqual([...bytes]);
  });

  it("stands right behind what encodeInto has written", () => {
    const message = create(AnySchema, { typeUrl: "a/b", value: new Uint8Array(1000).fill(5) });
    const target = new Uint8Array(100);
    const end = -codecFor(AnySchema).encodeInto(message, target, 10, 100);
    const head = target.slice(10, end - message.value.length);
    expect([...head]).toEqual([...toBinary(AnySchema, message).slice(0, -1000)]);
  });

  it.each([
    ["no fields", EmptySchema, {}],
    ["a number last", DurationSchema, { nanos: 1 }],
    ["a list of bytes last", manySchema, { all: [bytes] }],
    ["another case of the oneof", partSchema, { part: { case: "name", value: "n" } }],
    ["no case of the oneof", partSchema, {}],
    [
      "unknown fields behind it",
      BytesValueSchema,
      { value: bytes, $unknown: [{ no: 3, wireType: 0, data: Uint8Array.of(1) }] },
    ],
  ])(
    "is nothing for a message with %s",
    (_what, schema: DescMessage, { $unknown, ...init }: Record<string, unknown>) => {
      const message = create(schema, init as never);
      if ($unknown !== undefined) message.$unknown = $unknown as never;
      expect(codecFor(schema).tailOf(message)).toBeUndefined();
    },
  );

  it("is nothing for bytes that are no Uint8Array", () => {
    const message = { $typeName: "google.protobuf.BytesValue", value: new Uint8ClampedArray(3) };
    expect(codecFor(BytesValueSchema).tailOf(message as never)).toBeUndefined();
  });
});
