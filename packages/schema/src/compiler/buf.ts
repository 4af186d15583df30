// Compiles .proto files with buf: the npm package, or whatever `buf` is on the PATH.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { type FileDescriptorSet, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { ProtoFile } from "./gather-files.js";

/** Far more than the descriptors of any contract. */
const maxOutputBytes = 268_435_456;

/**
 * Compiles the files.
 * @returns undefined when there is no buf.
 * @throws Error with what buf has to say.
 */
export async function compileWithBuf(
  files: readonly ProtoFile[],
): Promise<FileDescriptorSet | undefined> {
  // A folder of their own, so that neither a buf.yaml nor files beside them have a say.
  const folder = await mkdtemp(join(tmpdir(), "trunkline-proto-"));
  try {
    for (const { name, text } of files) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const bytes = await run(["build", ".", "--as-file-descriptor-set", "-o", "-"], folder);
    return bytes === undefined ? undefined : fromBinary(FileDescriptorSetSchema, bytes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(args: readonly string[], cwd: string): Promise<Uint8Array | undefined> {
  const [command, ...first] = findBuf();
  const options = { cwd, encoding: "buffer", maxBuffer: maxOutputBytes } as const;
  return new Promise((resolve, reject) => {
    execFile(command!, [...first, ...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if ((error as NodeJS.ErrnoException).code === "ENOENT") resolve(undefined);
      else reject(new Error(`the .proto files cannot be compiled: ${explain(stderr, error)}`));
    });
  });
}

function explain(stderr: Buffer, error: Error): string {
  return stderr.toString("utf8").trim() || error.message;
}

/** The application's buf goes before our own. */
function findBuf(): string[] {
  for (const from of [join(process.cwd(), "package.json"), import.meta.url]) {
    try {
      return [process.execPath, createRequire(from).resolve("@bufbuild/buf/bin/buf")];
    } catch {
      // Not installed there.
    }
  }
  return ["buf"];
}
