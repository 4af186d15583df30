// Builds the peer on etcd's own packages for Go, at the versions pinned in go/go.mod, into a cache outside the tree.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@trunkline/testkit";

const sources = fileURLToPath(new URL("../go/", import.meta.url));
const cacheHome = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "trunkline");

/** Longest time that fetching and building may take, milliseconds. */
export const buildTimeoutMs = 600_000;

/** The path of the program, built unless it is there already. Needs Go. */
export async function prepareGoPeer(): Promise<string> {
  const names = ["go.mod", "go.sum", "main.go"];
  const texts = await Promise.all(names.map((name) => readFile(join(sources, name))));
  const hash = createHash("sha256").update(Buffer.concat(texts)).digest("hex").slice(0, 16);
  const folder = join(cacheHome, `etcd-go-${hash}`);
  const program = join(folder, "bin/etcd-peer");
  const finished = join(folder, ".finished");
  if (existsSync(finished)) return program;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(sources, folder, { recursive: true });
  const args = ["build", "-o", program, "."];
  const { code, stderr } = await run("go", args, { cwd: folder, timeoutMs: buildTimeoutMs });
  if (code !== 0) throw new Error(`building the peer for etcd failed: ${stderr}`);
  await writeFile(finished, "");
  return program;
}
