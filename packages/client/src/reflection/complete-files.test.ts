// The order of files, and the stand-ins for what is missing: the result can always be read.
import { create, createFileRegistry } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import { completeFiles } from "./complete-files.js";

/** A file with the message `F.M`, which has a field of each of these types. */
function file(
  name: string,
  imports: readonly string[],
  types: readonly string[],
): FileDescriptorProto {
  return create(FileDescriptorProtoSchema, {
    name,
    package: name,
    syntax: "proto3",
    dependency: [...imports],
    messageType: [
      {
        name: "M",
        field: types.map((typeName, i) => ({
          name: `f${i}`,
          number: i + 1,
          label: FieldDescriptorProto_Label.OPTIONAL,
          type: typeName.endsWith("E")
            ? FieldDescriptorProto_Type.ENUM
            : FieldDescriptorProto_Type.MESSAGE,
          typeName,
        })),
      },
    ],
  });
}

function read(files: readonly FileDescriptorProto[]) {
  const completed = completeFiles(files);
  const set = create(FileDescriptorSetSchema, { file: [...completed.files] });
  return { ...completed, registry: createFileRegistry(set) };
}

test("files come behind those that they import, unchanged", () => {
  const [a, b, c] = [file("a", ["b"], [".b.M"]), file("b", ["c"], [".c.M"]), file("c", [], [])];
  const { files, missingTypes } = completeFiles([a, b, c]);
  expect(files).toEqual([c, b, a]);
  expect(files[2]).toBe(a);
  expect(missingTypes).toEqual([]);
});

test("missing files and types have stand-ins", () => {
  const { registry, missingTypes } = read([file("a", ["gone"], [".gone.M", "x.y.E", ".Plain"])]);
  expect(missingTypes).toEqual(["gone.M", "x.y.E", "Plain"]);
  const message = registry.getMessage("a.M")!;
  expect(message.fields.map((field) => field.message?.typeName ?? field.enum?.typeName)).toEqual([
    "gone.M",
    "x.y.E",
    "Plain",
  ]);
  expect(registry.getFile("gone")).toBeDefined();
});

test("files that import each other can be read; one of them has a stand-in for the other", () => {
  const files = [file("a", ["b"], [".b.M"]), file("b", ["a"], [".a.M"])];
  const { registry, missingTypes } = read(files);
  expect(missingTypes).toEqual(["a.M"]);
  expect(registry.getMessage("a.M")!.fields[0]!.message).toBe(registry.getMessage("b.M"));
  expect(registry.getFile("a")!.messages).toHaveLength(1);
});

test("a long chain of imports does not end in a stack overflow", () => {
  const files = Array.from({ length: 20_000 }, (_, i) => file(`f${i}`, [`f${i + 1}`], []));
  expect(completeFiles(files).files).toHaveLength(20_001);
});

test("whatever imports what, and whatever is missing, it can be read", () => {
  const name = fc.constantFrom("a", "b", "c", "d", "e");
  const type = name.map((text) => `.${text}.M`);
  const one = fc.tuple(name, fc.uniqueArray(name), fc.array(type, { maxLength: 4 }));
  fc.assert(
    fc.property(fc.uniqueArray(one, { selector: ([text]) => text }), (specs) => {
      const { registry } = read(specs.map(([text, imports, types]) => file(text, imports, types)));
      for (const [text, , types] of specs) {
        expect(registry.getMessage(`${text}.M`)!.fields).toHaveLength(types.length);
      }
    }),
  );
});
