// What both compilers make of the same files, and what is said about files that cannot be loaded.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { clone, create, type FileRegistry, toBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadDescriptorSet, loadProto } from "../src/index.js";

const ours = fileURLToPath(new URL("../../../proto", import.meta.url));
const googles = dirname(createRequire(import.meta.url).resolve("google-proto-files/package.json"));
const TIMEOUT_MS = 120_000;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "trunkline-schema-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

/** Descriptors as values, without what the parser does not tell: options, and where things stood. */
function comparable(registry: FileRegistry): unknown {
  const files = [...registry.files].filter(({ name }) => !name.startsWith("google/protobuf/"));
  const bare = files.map(({ proto }) => {
    const copy = clone(FileDescriptorProtoSchema, proto);
    copy.sourceCodeInfo = undefined;
    return JSON.parse(
      JSON.stringify(toJson(FileDescriptorProtoSchema, copy), (key, value) =>
        comparablePart(key, value),
      ),
    );
  });
  return bare.sort((a, b) => a.name.localeCompare(b.name));
}

/** Options are left out by the parser, and entries of maps come last. */
function comparablePart(key: string, value: { name: string }[]): unknown {
  if (key === "options") return undefined;
  return key === "nestedType" ? value.sort((a, b) => a.name.localeCompare(b.name)) : value;
}

const tricky = `
syntax = "proto2"; // import "not/really.proto";
package a.b;
import public "google/protobuf/timestamp.proto";
/* message Commented { } */
message Outer {
  option deprecated = true;
  reserved 5, 8 to 10, 200 to 210;
  reserved "gone";
  extensions 100 to 199, 300 to max;
  required int32 number = 1 [default = -5];
  optional Kind kind = 2 [default = SECOND];
  optional group Result = 3 { optional string inner_name = 1; }
  optional double far = 4 [default = inf];
  optional string text = 6 [default = "say hi // no comment"];
  map<int64, Inner> by_number = 7;
  oneof choice { Inner one = 11; string other_one = 12; }
  repeated int32 packed_ones = 13 [packed = true];
  optional .a.b.Outer.Inner rooted = 14 [json_name = "r"];
  optional b.Outer.Inner by_scope = 15;
  optional google.protobuf.Timestamp at = 16;
  message Inner { optional Outer back = 1; optional bool yes = 2 [default = true]; }
  enum Kind { option allow_alias = true; FIRST = 1; SECOND = 2; ALSO_SECOND = 2; LESS = -3; reserved 7, 9 to 11; }
  extend Outer { optional Inner nested_ext = 101; }
}
extend Outer { repeated int32 top_ext = 100; }
service Things {
  rpc One(Outer) returns (Outer.Inner) { option idempotency_level = IDEMPOTENT; }
  rpc Many(stream Outer) returns (stream .google.protobuf.Timestamp);
}
`;

const optional = `
syntax = "proto3";
message M {
  optional string late = 4;
  oneof real { int32 a = 1; int32 b = 2; }
  optional int32 early = 3;
  map<string, Sub.Deep> a_map = 5;
  message Sub { message Deep { M m = 1; } }
}
`;

describe("buf and protobufjs make the same of", () => {
  async function expectSame(paths: string[], includePaths: string[]): Promise<void> {
    const buf = await loadProto(paths, { includePaths, compiler: "buf" });
    const parsed = await loadProto(paths, { includePaths, compiler: "protobufjs" });
    expect(comparable(parsed.registry)).toEqual(comparable(buf.registry));
    expect(parsed.services.map(String)).toEqual(buf.services.map(String));
  }

  it.each([
    ["everything that is hard in proto2", tricky],
    ["optional fields of proto3", optional],
  ])(
    "%s",
    async (_what, text) => {
      await expectSame([await write("one.proto", text)], []);
    },
    TIMEOUT_MS,
  );

  it(
    "our own contracts",
    async () => {
      const names = ["examples/notes/v1/notes", "interop/v1/interop", "test/v1/test_service"];
      await expectSame(
        names.map((name) => `trunkline/${name}.proto`),
        [ours],
      );
    },
    TIMEOUT_MS,
  );

  it(
    "files of Google's",
    async () => {
      const names = [
        "longrunning/operations",
        "pubsub/v1/pubsub",
        "spanner/v1/spanner",
        "bigtable/v2/bigtable",
      ];
      await expectSame(
        names.map((name) => `google/${name}.proto`),
        [googles],
      );
    },
    TIMEOUT_MS,
  );
});

it.each(["buf", "protobufjs"] as const)(
  "%s: services are found by name, with their options",
  async (compiler) => {
    const contract = await loadProto(await write("one.proto", tricky), { compiler });
    const things = contract.getService("a.b.Things");
    expect(
      things.methods.map(({ localName, methodKind, idempotency }) => [
        localName,
        methodKind,
        idempotency,
      ]),
    ).toEqual([
      ["one", "unary", 2],
      ["many", "bidi_streaming", 0],
    ]);
    expect(contract.registry.getMessage("a.b.Outer")?.deprecated).toBe(true);
    expect(() => contract.getService("a.b.Nothing")).toThrow("there are: a.b.Things");
  },
);

describe("files are found", () => {
  it("by their paths, by names relative to an include path, and through imports", async () => {
    const notes = "trunkline/examples/notes/v1/notes.proto";
    const byName = await loadProto([notes], { includePaths: [ours], compiler: "protobufjs" });
    const byPath = await loadProto([join(ours, notes)], {
      includePaths: [ours],
      compiler: "protobufjs",
    });
    const names = (registry: FileRegistry) => [...registry.files].map(({ name }) => name).sort();
    expect(names(byPath.registry)).toEqual(names(byName.registry));
    expect(names(byName.registry)).toContain("trunkline/auth/v1/options");
  });

  it("or it is said who wants them, and where they were looked for", async () => {
    const path = await write("one.proto", 'syntax = "proto3"; import "no/such.proto";');
    await expect(loadProto(path)).rejects.toThrow(
      `one.proto wants no/such.proto, which is in none of ${folder}`,
    );
    await expect(loadProto(join(folder, "missing.proto"))).rejects.toThrow("missing.proto");
  });
});

describe("faults in files are told of", () => {
  it.each(["buf", "protobufjs"] as const)("by %s", async (compiler) => {
    const broken = await write("broken.proto", 'syntax = "proto3"; message M { int32 a = ; }');
    await expect(loadProto(broken, { compiler })).rejects.toThrow(/broken\.proto/);
    const unknown = await write("unknown.proto", 'syntax = "proto3"; message M { Nothing a = 1; }');
    await expect(loadProto(unknown, { compiler })).rejects.toThrow(/Nothing/);
  });

  it("editions need buf", async () => {
    const path = await write("edition.proto", 'edition = "2023"; message M { int32 a = 1; }');
    expect((await loadProto(path)).registry.getMessage("M")?.field.a?.presence).toBe(1);
    await expect(loadProto(path, { compiler: "protobufjs" })).rejects.toThrow("of an edition");
  });
});

describe("descriptor sets", () => {
  it("are read in whatever order their files are", async () => {
    const loaded = await loadProto(await write("one.proto", tricky), { compiler: "protobufjs" });
    const file = [...loaded.registry.files].map(({ proto }) => proto).reverse();
    const bytes = toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file }));
    const contract = loadDescriptorSet(bytes);
    expect(contract.services.map(({ typeName }) => typeName)).toEqual(["a.b.Things"]);
  });

  it("must be whole, and must be descriptor sets", async () => {
    const file = [create(FileDescriptorProtoSchema, { name: "a.proto", dependency: ["b.proto"] })];
    const bytes = toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file }));
    expect(() => loadDescriptorSet(bytes)).toThrow(
      "a.proto imports b.proto, which is not in the descriptor set",
    );
    const circle = [
      ...file,
      create(FileDescriptorProtoSchema, { name: "b.proto", dependency: ["a.proto"] }),
    ];
    const round = toBinary(
      FileDescriptorSetSchema,
      create(FileDescriptorSetSchema, { file: circle }),
    );
    expect(() => loadDescriptorSet(round)).toThrow("a.proto -> b.proto -> a.proto");
    const text = await readFile(join(ours, "trunkline/test/v1/test_service.proto"));
    expect(() => loadDescriptorSet(text)).toThrow("bytes are no FileDescriptorSet");
    expect(() => loadDescriptorSet("x" as never)).toThrow("takes a Uint8Array");
  });
});

describe("arguments", () => {
  it.each([
    [undefined, {}, "paths of loadProto is of type undefined"],
    [5, {}, "paths of loadProto is of type number"],
    ["", {}, 'paths of loadProto has "", which is no path'],
    [[5], {}, "paths of loadProto has 5"],
    [[], {}, "loadProto was given no file"],
    ["a.proto", { includePaths: "proto" }, "includePaths of loadProto is of type string"],
    ["a.proto", { compiler: "protoc" }, "option compiler is protoc"],
  ])("%o with %o are refused", async (paths, options, text) => {
    await expect(loadProto(paths as never, options as never)).rejects.toThrow(text);
  });
});
