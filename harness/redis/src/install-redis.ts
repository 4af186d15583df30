// Finds Redis: that of the machine, or Debian's packages unpacked into a cache outside the tree.
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "@trunkline/testkit";

const cacheHome = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "trunkline");

/** The program is in redis-tools, its name in redis-server; the rest are the libraries that a bare machine lacks. */
const packages = [
  "redis-server",
  "redis-tools",
  "libhiredis0.14",
  "libjemalloc2",
  "liblua5.1-0",
  "liblzf1",
  "lua-bitop",
  "lua-cjson",
];

/** How to start Redis. */
export interface RedisProgram {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Finds Redis, and fetches Debian's packages where there is none. */
export async function findRedis(): Promise<RedisProgram> {
  const found = await run("sh", ["-c", "command -v redis-server"]);
  if (found.code === 0) return { command: found.stdout.trim(), env: {} };
  const folder = join(cacheHome, "redis-debian");
  if (!existsSync(join(folder, ".finished"))) await fetchPackages(folder);
  const libraries = (await readdir(join(folder, "usr/lib"))).map((name) =>
    join(folder, "usr/lib", name),
  );
  return {
    command: join(folder, "usr/bin/redis-server"),
    env: { LD_LIBRARY_PATH: libraries.join(":") },
  };
}

async function fetchPackages(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const script =
    'apt-get download "$@" && for file in *.deb; do dpkg-deb -x "$file" . || exit 1; done';
  const args = ["-c", script, "sh", ...packages];
  const { code, stderr } = await run("sh", args, { cwd: folder, timeoutMs: 120_000 });
  if (code !== 0) throw new Error(`Debian's packages of Redis cannot be had: ${stderr}`);
  await writeFile(join(folder, ".finished"), "");
}
