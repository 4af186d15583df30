// What can be found by name: members, nested types, enum values, extensions, files of files.
import { create, createFileRegistry, type DescService } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { DescriptorIndex } from "./descriptor-index.js";

const field = {
  label: FieldDescriptorProto_Label.OPTIONAL,
  type: FieldDescriptorProto_Type.STRING,
};

const base: FileDescriptorProto = create(FileDescriptorProtoSchema, {
  name: "base.proto",
  package: "p",
  syntax: "proto2",
  messageType: [
    {
      name: "Base",
      field: [{ ...field, name: "one", number: 1, oneofIndex: 0 }],
      oneofDecl: [{ name: "choice" }],
      extensionRange: [{ start: 100, end: 200 }],
      nestedType: [
        {
          name: "Inner",
          field: [{ ...field, name: "deep", number: 1 }],
          enumType: [{ name: "Kind", value: [{ name: "KIND_B", number: 0 }] }],
        },
      ],
      extension: [{ ...field, name: "nested", number: 103, extendee: ".p.Base" }],
      enumType: [{ name: "Kind", value: [{ name: "KIND_A", number: 0 }] }],
    },
  ],
  enumType: [{ name: "Top", value: [{ name: "TOP_A", number: 0 }] }],
});
const service: FileDescriptorProto = create(FileDescriptorProtoSchema, {
  name: "service.proto",
  package: "p",
  syntax: "proto2",
  dependency: ["base.proto"],
  service: [{ name: "S", method: [{ name: "M", inputType: ".p.Base", outputType: ".p.Base" }] }],
  extension: [
    { ...field, name: "late", number: 150, extendee: ".p.Base" },
    { ...field, name: "early", number: 101, extendee: ".p.Base" },
  ],
});

function makeIndex(): DescriptorIndex {
  const files = create(FileDescriptorSetSchema, { file: [base, service] });
  const found = createFileRegistry(files).getService("p.S") as DescService;
  return new DescriptorIndex([found]);
}

test.each([
  ["p.S", "service.proto"],
  ["p.S.M", "service.proto"],
  ["p.late", "service.proto"],
  ["p.Base", "base.proto"],
  ["p.Base.one", "base.proto"],
  ["p.Base.choice", "base.proto"],
  ["p.Base.Inner", "base.proto"],
  ["p.Base.Inner.deep", "base.proto"],
  ["p.Base.Inner.KIND_B", "base.proto"],
  ["p.Base.nested", "base.proto"],
  ["p.Base.Kind", "base.proto"],
  ["p.Base.KIND_A", "base.proto"],
  ["p.TOP_A", "base.proto"],
  [".p.Top", "base.proto"],
  ["p.Nope", undefined],
  ["toString", undefined],
])("the symbol %s is in %s", (symbol, file) => {
  expect(makeIndex().findSymbol(symbol)?.name).toBe(file);
});

test("extensions are found by number, and listed in order", () => {
  const index = makeIndex();
  expect(index.findExtension("p.Base", 150)?.name).toBe("service.proto");
  expect(index.findExtension("p.Base", 151)).toBeUndefined();
  expect(index.extensionNumbers("p.Base")).toEqual([101, 103, 150]);
  expect(index.extensionNumbers(".p.Base")).toHaveLength(3);
  expect(index.extensionNumbers("p.Base.one")).toBeUndefined();
  expect(index.extensionNumbers("p.Base.Inner")).toEqual([]);
  expect(index.extensionNumbers("p.Nope")).toBeUndefined();
});

test("files are known by the names that imports use", () => {
  expect(makeIndex().findFile("base.proto")?.name).toBe("base.proto");
  expect(makeIndex().findFile("base")).toBeUndefined();
});

test("what only the descriptor says can be asked for, too: map entries, the oneofs of optional fields", () => {
  const proto = create(FileDescriptorProtoSchema, {
    name: "map.proto",
    package: "m",
    syntax: "proto3",
    messageType: [
      {
        name: "Holder",
        field: [
          {
            name: "map",
            number: 1,
            type: FieldDescriptorProto_Type.MESSAGE,
            label: FieldDescriptorProto_Label.REPEATED,
            typeName: ".m.Holder.MapEntry",
          },
          { ...field, name: "maybe", number: 2, oneofIndex: 0, proto3Optional: true },
        ],
        oneofDecl: [{ name: "_maybe" }],
        nestedType: [
          {
            name: "MapEntry",
            options: { mapEntry: true },
            field: [
              { ...field, name: "key", number: 1 },
              { ...field, name: "value", number: 2 },
            ],
          },
        ],
      },
    ],
  });
  const set = create(FileDescriptorSetSchema, { file: [proto] });
  const index = new DescriptorIndex([], [createFileRegistry(set).getFile("map.proto")!]);
  for (const symbol of ["m.Holder.MapEntry", "m.Holder.MapEntry.key", "m.Holder._maybe"]) {
    expect(index.findSymbol(symbol)?.name).toBe("map.proto");
  }
});
