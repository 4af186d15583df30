// Turns fields that protobufjs has parsed into descriptors.
import { create } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import type { Field, MapField, ReflectionObject } from "protobufjs";

const scalars: Readonly<Record<string, Type>> = {
  double: Type.DOUBLE,
  float: Type.FLOAT,
  int64: Type.INT64,
  uint64: Type.UINT64,
  int32: Type.INT32,
  fixed64: Type.FIXED64,
  fixed32: Type.FIXED32,
  bool: Type.BOOL,
  string: Type.STRING,
  bytes: Type.BYTES,
  uint32: Type.UINT32,
  sfixed32: Type.SFIXED32,
  sfixed64: Type.SFIXED64,
  sint32: Type.SINT32,
  sint64: Type.SINT64,
};

/** Whether something that was parsed is a field that extends a message elsewhere. */
export function isExtension(found: ReflectionObject): found is Field {
  return typeof (found as Partial<Field>).extend === "string";
}

/** What a field is of: a scalar, or a name that is looked up later. */
function typeOf(name: string): { type: Type } | { typeName: string } {
  const type = scalars[name];
  return type === undefined ? { typeName: name } : { type };
}

/** @param oneofs the message's, in the order of its descriptor. */
export function toField(field: Field, oneofs: readonly string[]): FieldDescriptorProto {
  const { options = {}, partOf } = field;
  const isMap = "keyType" in field;
  return create(FieldDescriptorProtoSchema, {
    name: field.name,
    number: field.id,
    label: isMap ? Label.REPEATED : labelOf(field),
    ...(isMap ? { typeName: entryName(field.name), type: Type.MESSAGE } : typeOf(field.type)),
    jsonName: options.json_name ?? toJsonName(field.name),
    ...(isExtension(field) ? { extendee: field.extend! } : {}),
    ...(partOf ? { oneofIndex: oneofs.indexOf(partOf.name) } : {}),
    ...(options.proto3_optional === true ? { proto3Optional: true } : {}),
    ...(options.default === undefined ? {} : { defaultValue: toDefault(options.default) }),
    options: {
      ...(typeof options.packed === "boolean" ? { packed: options.packed } : {}),
      ...(options.deprecated ? { deprecated: true } : {}),
    },
  });
}

/** Not in the typings of protobufjs. */
function labelOf(field: Field): Label {
  const { rule } = field as Field & { readonly rule?: string };
  if (rule === "repeated") return Label.REPEATED;
  return rule === "required" ? Label.REQUIRED : Label.OPTIONAL;
}

/** As descriptor.proto spells defaults. */
function toDefault(value: unknown): string {
  if (value === Number.POSITIVE_INFINITY) return "inf";
  if (value === Number.NEGATIVE_INFINITY) return "-inf";
  return Number.isNaN(value) ? "nan" : String(value);
}

/** The entry message of a map field; none for other fields. */
export function toMapEntry(field: Field): DescriptorProto[] {
  if (!("keyType" in field)) return [];
  const { keyType, type, name } = field as unknown as MapField;
  const part = (partName: string, number: number, of: string) => ({
    name: partName,
    number,
    label: Label.OPTIONAL,
    jsonName: partName,
    ...typeOf(of),
  });
  const entry = {
    name: entryName(name),
    field: [part("key", 1, keyType), part("value", 2, type)],
    options: { mapEntry: true },
  };
  return [create(DescriptorProtoSchema, entry)];
}

/** `user_names` to `UserNamesEntry`. */
function entryName(name: string): string {
  return `${name.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())}Entry`;
}

function toJsonName(name: string): string {
  return name.replace(/_+(\w?)/g, (_, letter: string) => letter.toUpperCase());
}
