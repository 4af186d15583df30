// Message types with a field of every kind there is, made without a compiler: what the tests run over.
import {
  create,
  createFileRegistry,
  type DescMessage,
  type MessageInitShape,
  ScalarType,
} from "@bufbuild/protobuf";
import {
  type DescriptorProtoSchema,
  Edition,
  FeatureSet_MessageEncoding,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  type FieldDescriptorProtoSchema,
  FieldOptions_JSType,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  file_google_protobuf_struct,
  file_google_protobuf_wrappers,
} from "@bufbuild/protobuf/wkt";

type Field = MessageInitShape<typeof FieldDescriptorProtoSchema>;
type Type = MessageInitShape<typeof DescriptorProtoSchema>;

/** All scalar types, by the name of their constant in lower case. */
export const scalarNames: readonly string[] = Object.keys(ScalarType)
  .filter((name) => Number.isNaN(Number(name)))
  .map((name) => name.toLowerCase());

const LONGS: readonly string[] = scalarNames.filter((name) => name.endsWith("64"));
const MAP_KEYS: readonly string[] = scalarNames.filter(
  (name) => !["double", "float", "bytes"].includes(name),
);
const WRAPPERS = ["Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String"].concat(
  "Bytes",
);

function scalarType(name: string): FieldDescriptorProto_Type {
  // The numbers of both enums are those of the wire format's descriptors.
  return ScalarType[name.toUpperCase() as keyof typeof ScalarType] as number;
}

/** A field of a scalar type, or of a message or enum type given with a leading dot. */
function field(name: string, type: string, more: Field = {}): Field {
  if (!type.startsWith(".")) {
    return { name, type: scalarType(type), ...more };
  }
  const isEnum = type.endsWith("Color");
  const kind = isEnum ? FieldDescriptorProto_Type.ENUM : FieldDescriptorProto_Type.MESSAGE;
  return { name, type: kind, typeName: type, ...more };
}

const REPEATED: Field = { label: FieldDescriptorProto_Label.REPEATED };
const AS_STRING = { jstype: FieldOptions_JSType.JS_STRING };

/** Numbers the fields in order; from 16 on tags take two bytes. */
function message(name: string, fields: readonly Field[], more: Type = {}): Type {
  const numbered = fields.map((each, index) => ({
    label: FieldDescriptorProto_Label.OPTIONAL,
    ...each,
    number: each.number ?? index + 1,
  }));
  return { name, field: numbered, ...more };
}

function mapEntry(name: string, key: string, value: string): Type {
  const fields = [field("key", key), field("value", value)];
  return message(name, fields, { options: { mapEntry: true } });
}

/** A message of maps: entry types are nested in it. */
function maps(owner: string, pairs: readonly (readonly [string, string])[]): Type {
  const nestedType = pairs.map(([key, value], index) => mapEntry(`M${index}Entry`, key, value));
  const fields = pairs.map((_, index) =>
    field(`m${index}`, `.${owner}.M${index}Entry`, { ...REPEATED }),
  );
  return message(owner.slice(owner.lastIndexOf(".") + 1), fields, { nestedType });
}

/** The enum of a file: open in proto3, closed elsewhere; its first number need not be zero there. */
function color(first: number): { name: string; value: { name: string; number: number }[] } {
  const numbers = [first, 1, -7, 300];
  return { name: "Color", value: numbers.map((number, i) => ({ name: `C${i}`, number })) };
}

function lists(owner: string, packed: boolean): Type {
  const numbers = scalarNames.filter((name) => name !== "string" && name !== "bytes");
  const options = create(FieldOptionsSchema, { packed });
  const asString = create(FieldOptionsSchema, { packed, ...AS_STRING });
  return message(packed ? "Packed" : "Unpacked", [
    ...numbers.map((name) => field(`r_${name}`, name, { ...REPEATED, options })),
    ...LONGS.map((name) => field(`s_${name}`, name, { ...REPEATED, options: asString })),
    field("r_color", `.${owner}.Color`, { ...REPEATED, options }),
    field("r_string", "string", REPEATED),
    field("r_bytes", "bytes", REPEATED),
  ]);
}

const oneofFields = [
  ...scalarNames.map((name) => field(`o_${name}`, name, { oneofIndex: 0 })),
  field("o_color", ".three.Color", { oneofIndex: 0 }),
  field("o_message", ".three.Tree", { oneofIndex: 0 }),
  field("o_wrapper", ".google.protobuf.Int32Value", { oneofIndex: 0 }),
  field("o_struct", ".google.protobuf.Struct", { oneofIndex: 0 }),
];

const three = create(FileDescriptorProtoSchema, {
  name: "three.proto",
  package: "three",
  syntax: "proto3",
  dependency: ["google/protobuf/wrappers.proto", "google/protobuf/struct.proto"],
  enumType: [color(0)],
  messageType: [
    message("Empty", []),
    message("Tree", [
      field("left", ".three.Tree"),
      field("children", ".three.Tree", REPEATED),
      field("name", "string"),
      field("far", "int32", { number: 536_870_911 }),
    ]),
    message("Implicit", [
      ...scalarNames.map((name) => field(`i_${name}`, name)),
      ...LONGS.map((name) => field(`s_${name}`, name, { options: AS_STRING })),
      field("i_color", ".three.Color"),
    ]),
    message(
      "Optional",
      scalarNames.map((name, index) =>
        field(`p_${name}`, name, { proto3Optional: true, oneofIndex: index }),
      ),
      { oneofDecl: scalarNames.map((name) => ({ name: `_p_${name}` })) },
    ),
    message("Oneof", oneofFields, { oneofDecl: [{ name: "choice" }] }),
    lists("three", true),
    lists("three", false),
    maps(
      "three.KeyMaps",
      MAP_KEYS.map((key) => [key, "int32"] as const),
    ),
    maps("three.ValueMaps", [
      ...scalarNames.map((name) => ["string", name] as const),
      ["string", ".three.Color"],
      ["string", ".three.Tree"],
      ["string", ".google.protobuf.Int32Value"],
      ["string", ".google.protobuf.Struct"],
    ]),
    message("Local", [
      ...WRAPPERS.map((name) => field(`w_${name.toLowerCase()}`, `.google.protobuf.${name}Value`)),
      field("w_list", ".google.protobuf.StringValue", REPEATED),
      field("struct", ".google.protobuf.Struct"),
      field("structs", ".google.protobuf.Struct", REPEATED),
      field("value", ".google.protobuf.Value"),
    ]),
    // Names that every object inherits something under.
    message("Inherited", [
      field("has_own_property", "string"),
      field("is_prototype_of", ".three.Tree"),
    ]),
    message(
      "ManyTexts",
      scalarNames.concat("a", "b").map((name) => field(`t_${name}`, "string")),
    ),
  ],
});

const two = create(FileDescriptorProtoSchema, {
  name: "two.proto",
  package: "two",
  syntax: "proto2",
  enumType: [color(5)],
  messageType: [
    message("Explicit", [
      ...scalarNames.map((name) => field(`e_${name}`, name)),
      field("e_color", ".two.Color"),
      field("d_int32", "int32", { defaultValue: "-7" }),
      field("d_string", "string", { defaultValue: "héllo" }),
      field("d_double", "double", { defaultValue: "nan" }),
      field("d_int64", "int64", { defaultValue: "9007199254740993", options: AS_STRING }),
      field("d_bytes", "bytes", { defaultValue: "\\001x" }),
      field("d_bool", "bool", { defaultValue: "true" }),
      field("d_color", ".two.Color", { defaultValue: "C3" }),
      field("has_own_property", "string"),
    ]),
    message("Required", [
      field("r_int32", "int32", { label: FieldDescriptorProto_Label.REQUIRED }),
      field("r_message", ".two.Required", {}),
      field("r_color", ".two.Color", { label: FieldDescriptorProto_Label.REQUIRED }),
    ]),
    message(
      "Closed",
      [
        field("one", ".two.Color", { oneofIndex: 0 }),
        field("other", "string", { oneofIndex: 0 }),
        field("list", ".two.Color", REPEATED),
        field("packed", ".two.Color", { ...REPEATED, options: { packed: true } }),
        field("loose_text", "string"),
      ],
      { oneofDecl: [{ name: "choice" }] },
    ),
    maps("two.ClosedMaps", [["int32", ".two.Color"]]),
  ],
});

const DELIMITED = {
  options: { features: { messageEncoding: FeatureSet_MessageEncoding.DELIMITED } },
};

const edition = create(FileDescriptorProtoSchema, {
  name: "edition.proto",
  package: "edition",
  syntax: "editions",
  edition: Edition.EDITION_2023,
  dependency: ["google/protobuf/wrappers.proto", "google/protobuf/struct.proto"],
  messageType: [
    message(
      "Groups",
      [
        field("group", ".edition.Groups", DELIMITED),
        field("groups", ".edition.Groups", { ...REPEATED, ...DELIMITED }),
        field("chosen", ".edition.Groups", { oneofIndex: 0, ...DELIMITED }),
        field("wrapped", ".google.protobuf.Int32Value", DELIMITED),
        field("struct", ".google.protobuf.Struct", DELIMITED),
        field("number", "int32"),
      ],
      { oneofDecl: [{ name: "choice" }] },
    ),
  ],
});

const dependencies = [file_google_protobuf_struct, file_google_protobuf_wrappers];

const registry = createFileRegistry(three, (name) =>
  dependencies.find((file) => `${file.name}.proto` === name),
);
const registries = [
  registry,
  createFileRegistry(two, () => undefined),
  createFileRegistry(edition, (name) => dependencies.find((file) => `${file.name}.proto` === name)),
];

/** The types, those of maps' entries excepted. */
export const everyType: readonly DescMessage[] = registries.flatMap((each) =>
  [...each].filter((type) => type.kind === "message"),
);

/** One of the types. */
export function typeNamed(name: string): DescMessage {
  return everyType.find((type) => type.typeName === name)!;
}
