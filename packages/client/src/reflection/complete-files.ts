// Puts files into an order in which each can be read, with stand-ins for what is missing.
import { create } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Type,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { eachMessage } from "./file-collection.js";

/** Files in order, and what there are stand-ins for. */
export interface CompletedFiles {
  readonly files: readonly FileDescriptorProto[];
  /** Full names of the types that no file defines in time; each is an empty message or enum. */
  readonly missingTypes: readonly string[];
}

/**
 * Each file behind those that it imports. An import that is missing becomes an empty file, and so does one that leads
 * back to the file itself, so that the descriptors stay as they are; a type that is not known becomes an empty
 * message, which keeps what it is sent as unknown fields, or an enum without names.
 */
export function completeFiles(files: Iterable<FileDescriptorProto>): CompletedFiles {
  const completed: FileDescriptorProto[] = [];
  const missingTypes = new Set<string>();
  const known = new Set<string>();
  const present = new Set<string>();
  for (const file of inOrder(files)) {
    for (const name of file.dependency) {
      if (!present.has(name)) completed.push(emptyFile(name));
      present.add(name);
    }
    for (const name of definedTypes(file)) known.add(name);
    for (const [name, isEnum] of referredTypes(file)) {
      if (known.has(name)) continue;
      known.add(name);
      missingTypes.add(name);
      completed.push(standInFor(name, isEnum));
    }
    completed.push(file);
    present.add(file.name);
  }
  return { files: completed, missingTypes: [...missingTypes] };
}

/** Depth first and without recursion: chains of imports come from strangers. */
function inOrder(files: Iterable<FileDescriptorProto>): FileDescriptorProto[] {
  const byName = new Map(Array.from(files, (file) => [file.name, file]));
  const ordered = new Set<FileDescriptorProto>();
  const begun = new Set<string>();
  for (const root of byName.values()) {
    const path = begun.has(root.name) ? [] : [{ file: root, next: 0 }];
    while (path.length > 0) {
      const step = path.at(-1)!;
      begun.add(step.file.name);
      const name = step.file.dependency[step.next++];
      if (name === undefined) {
        ordered.add(step.file);
        path.pop();
        continue;
      }
      const imported = byName.get(name);
      if (imported !== undefined && !begun.has(name)) path.push({ file: imported, next: 0 });
    }
  }
  return [...ordered];
}

function emptyFile(name: string): FileDescriptorProto {
  return create(FileDescriptorProtoSchema, { name, syntax: "proto3" });
}

function standInFor(typeName: string, isEnum: boolean): FileDescriptorProto {
  const dot = typeName.lastIndexOf(".");
  const name = typeName.slice(dot + 1);
  return create(FileDescriptorProtoSchema, {
    name: `missing/${typeName}.proto`,
    syntax: "proto3",
    package: dot < 0 ? "" : typeName.slice(0, dot),
    messageType: isEnum ? [] : [{ name }],
    enumType: isEnum ? [{ name, value: [{ name: "MISSING", number: 0 }] }] : [],
  });
}

function definedTypes(file: FileDescriptorProto): string[] {
  const names: string[] = [];
  const scope = file.package;
  const add = (outer: string, types: readonly (DescriptorProto | EnumDescriptorProto)[]): void => {
    for (const { name } of types) names.push(outer === "" ? name : `${outer}.${name}`);
  };
  add(scope, file.enumType);
  eachMessage(file, (name, message) => {
    names.push(name);
    add(name, message.enumType);
  });
  return names;
}

/** The types that a file needs, and whether they are enums. */
function referredTypes(file: FileDescriptorProto): Map<string, boolean> {
  const referred = new Map<string, boolean>();
  const add = (name: string, isEnum = false): void => {
    if (name !== "") referred.set(name.replace(/^\./, ""), isEnum);
  };
  const addFields = (fields: readonly FieldDescriptorProto[]): void => {
    for (const { typeName, extendee, type } of fields) {
      add(typeName, type === FieldDescriptorProto_Type.ENUM);
      add(extendee);
    }
  };
  addFields(file.extension);
  eachMessage(file, (_, message) => {
    addFields(message.field);
    addFields(message.extension);
  });
  for (const { method } of file.service) {
    for (const { inputType, outputType } of method) {
      add(inputType);
      add(outputType);
    }
  }
  return referred;
}
