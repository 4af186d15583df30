// ProtoJSON as a message format: what is written, what is read, what is refused.
import { create, createRegistry } from "@bufbuild/protobuf";
import { AnySchema, anyPack, StructSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { BadRequestSchema } from "../gen/google/rpc/error_details_pb.js";
import { jsonFormat } from "./json-format.js";
import { checkFormats, contentTypeOf } from "./message-format.js";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe("jsonFormat", () => {
  it("writes and reads ProtoJSON in UTF-8", () => {
    const codec = jsonFormat().codecFor(BadRequestSchema);
    const message = create(BadRequestSchema, { fieldViolations: [{ field: "näme" }] });
    const bytes = codec.encode(message);
    expect(text(bytes)).toBe('{"fieldViolations":[{"field":"näme"}]}');
    const padded = utf8(`xx${text(bytes)}yy`);
    expect(codec.decode(padded, 2, padded.length - 2)).toEqual(message);
  });

  it("skips fields that it does not know, unless told not to", () => {
    const strict = jsonFormat({ ignoreUnknownFields: false }).codecFor(BadRequestSchema);
    const unknown = utf8('{"newer":1}');
    expect(jsonFormat().codecFor(BadRequestSchema).decode(unknown)).toEqual(
      create(BadRequestSchema),
    );
    expect(() => strict.decode(unknown)).toThrow(/newer/);
  });

  it("finds the types of Any in its registry", () => {
    const any = anyPack(TimestampSchema, create(TimestampSchema, { seconds: 1n }));
    const codec = jsonFormat({ registry: createRegistry(TimestampSchema) }).codecFor(AnySchema);
    expect(codec.decode(codec.encode(any))).toEqual(any);
    expect(() => jsonFormat().codecFor(AnySchema).encode(any)).toThrow();
  });

  it.each([
    ["no JSON", utf8("{")],
    ["no UTF-8", Uint8Array.of(0x22, 0xff, 0x22)],
    ["JSON of another shape", utf8("[]")],
  ])("refuses %s", (_what, bytes) => {
    expect(() => jsonFormat().codecFor(StructSchema).decode(bytes)).toThrow();
  });
});

describe("formats", () => {
  const format = (name: string) => ({ ...jsonFormat(), name });

  it("have names that can stand in a content type, each its own", () => {
    expect(() => checkFormats([format("json"), format("vnd.x-1")])).not.toThrow();
    expect(() => checkFormats([format("json"), format("json")])).toThrow(/two message formats/);
    expect(() => checkFormats([format("Json;q=1")])).toThrow(/cannot be named/);
  });

  it("are named by the content type, protobuf by the shortest one", () => {
    expect(contentTypeOf("proto")).toBe("application/grpc");
    expect(contentTypeOf("json")).toBe("application/grpc+json");
  });
});
