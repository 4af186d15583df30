// Finds .proto files and all that they import, by the names that imports use.
import { readFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { type FileHead, readHead } from "./file-head.js";

/** One file that was found. */
export interface ProtoFile extends FileHead {
  /** As imports name it: with `/`, relative to an include path. */
  readonly name: string;
  readonly text: string;
}

/** Comes with every compiler. */
export function isWellKnown(name: string): boolean {
  return /^google\/protobuf\/[a-z_]+\.proto$/.test(name);
}

/**
 * The files at `paths` and everything that they import, well-known ones left out.
 * @throws Error that says what was not found, who imports it, and where it was looked for.
 */
export async function gatherFiles(
  paths: readonly string[],
  includePaths: readonly string[],
): Promise<ProtoFile[]> {
  const folders = includePaths.map((path) => resolve(path));
  const found = new Map<string, ProtoFile>();
  const wanted: { name: string; by: string }[] = [];
  for (const path of paths) {
    const { name, folder } = await locate(path, folders);
    if (!folders.includes(folder)) folders.push(folder);
    wanted.push({ name, by: "loadProto" });
  }
  for (const { name, by } of wanted) {
    if (found.has(name) || isWellKnown(name)) continue;
    const text = await readFirst(name, folders);
    if (text === undefined) {
      throw new Error(`${by} wants ${name}, which is in none of ${folders.join(", ")}`);
    }
    const file = { name, text, ...readHead(text) };
    found.set(name, file);
    for (const imported of file.imports) wanted.push({ name: imported.name, by: name });
  }
  return [...found.values()];
}

async function locate(
  path: string,
  folders: readonly string[],
): Promise<{ name: string; folder: string }> {
  for (const folder of folders) {
    if (!isAbsolute(path) && (await read(join(folder, path))) !== undefined) {
      return { name: toName(path), folder };
    }
  }
  const file = resolve(path);
  const folder = folders.find((one) => file.startsWith(one + sep));
  if (folder !== undefined) return { name: toName(relative(folder, file)), folder };
  return { name: basename(file), folder: dirname(file) };
}

function toName(path: string): string {
  return path.split(sep).join("/");
}

async function readFirst(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const text = await read(join(folder, name));
    if (text !== undefined) return text;
  }
  return undefined;
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return undefined;
    throw error;
  }
}
