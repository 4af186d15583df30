// Builds the peers that are programs of ours on foreign libraries, at pinned versions, outside the tree.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@trunkline/testkit";

const home = fileURLToPath(new URL("..", import.meta.url));
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "trunkline");
const BUILD_TIMEOUT_MS = 300_000;

/** How to start a program. */
export interface ForeignProgram {
  readonly command: string;
  readonly args: readonly string[];
}

async function must(command: string, args: readonly string[], cwd: string): Promise<void> {
  const result = await run(command, args, { cwd, timeoutMs: BUILD_TIMEOUT_MS });
  if (result.code === 0) return;
  throw new Error(`${command} ${args.join(" ")} failed:\n${result.stdout}${result.stderr}`);
}

/** A folder named for what `sources` holds, filled by `build` unless it was before. */
async function cached(sources: string, build: (folder: string) => Promise<void>): Promise<string> {
  const hash = createHash("sha256");
  const from = join(home, sources);
  for (const name of (await readdir(from)).sort()) {
    hash.update(name).update(await readFile(join(from, name)));
  }
  const folder = join(cache, `foreign-${sources}-${hash.digest("hex").slice(0, 16)}`);
  const finished = join(folder, ".finished");
  if (existsSync(finished)) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(from, folder, { recursive: true });
  await build(folder);
  await writeFile(finished, "");
  return folder;
}

/** The program on Go's net/http; it needs nothing but Go's own library. */
export async function prepareGo(): Promise<ForeignProgram> {
  const folder = await cached("go", (into) => must("go", ["build", "-o", "peer", "."], into));
  return { command: join(folder, "peer"), args: [] };
}

/** The program on python-hyper's h2, in an environment of its own. */
export async function preparePython(): Promise<ForeignProgram> {
  const folder = await cached("python", async (into) => {
    await must("python3", ["-m", "venv", "venv"], into);
    const pip = ["-m", "pip", "install", "-q", "-r", "requirements.txt"];
    await must(join(into, "venv/bin/python"), pip, into);
  });
  return { command: join(folder, "venv/bin/python"), args: [join(folder, "peer.py")] };
}
