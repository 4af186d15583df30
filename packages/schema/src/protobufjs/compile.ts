// Compiles .proto files with the parser of protobufjs.
import { create } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_api,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_source_context,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_type,
  file_google_protobuf_wrappers,
} from "@bufbuild/protobuf/wkt";
import { isWellKnown, type ProtoFile } from "../compiler/gather-files.js";
import { toFileDescriptor } from "./file-descriptor.js";
import { NameResolver } from "./name-resolver.js";

const wellKnown: readonly FileDescriptorProto[] = [
  file_google_protobuf_any,
  file_google_protobuf_api,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_source_context,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_type,
  file_google_protobuf_wrappers,
].map(({ proto }) => proto);

/**
 * Compiles the files.
 * @throws Error that names the file and what is wrong, and when protobufjs is not installed.
 */
export async function compileWithProtobufjs(
  files: readonly ProtoFile[],
): Promise<FileDescriptorSet> {
  const { parse } = await importParser();
  const own = files.map((file) => {
    if (file.syntax === "editions") {
      throw new Error(
        `${file.name} is of an edition, which buf alone can read: npm install @bufbuild/buf`,
      );
    }
    try {
      const { root, package: name = "" } = parse(file.text, { keepCase: true });
      return toFileDescriptor(file, name, root);
    } catch (cause) {
      throw new Error(`${file.name} cannot be parsed: ${(cause as Error).message}`, { cause });
    }
  });
  const needed = new Set(own.flatMap((file) => file.dependency).filter(isWellKnown));
  const all = [...withImports(needed), ...own];
  const names = new NameResolver(all);
  for (const file of own) names.resolveFile(file);
  return create(FileDescriptorSetSchema, { file: all });
}

/** The well-known files of these names, and those that they import. */
function withImports(names: Set<string>): FileDescriptorProto[] {
  for (const name of names) {
    const file = wellKnown.find((one) => one.name === name);
    if (file === undefined) throw new Error(`there is no well-known file ${name}`);
    for (const imported of file.dependency) names.add(imported);
  }
  return wellKnown.filter(({ name }) => names.has(name));
}

async function importParser(): Promise<typeof import("protobufjs")> {
  try {
    const module = await import("protobufjs");
    return module.default ?? module;
  } catch (cause) {
    const text = "loadProto needs a compiler: npm install @bufbuild/buf, or protobufjs";
    throw new Error(text, { cause });
  }
}
