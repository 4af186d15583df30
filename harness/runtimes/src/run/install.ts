// Installs a runtime from npm into a cache outside the tree, unless it is there already.
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "@trunkline/testkit";
import type { Runtime } from "./runtimes.js";

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "trunkline");
const INSTALL_TIMEOUT_MS = 300_000;

async function fill(folder: string, runtime: Runtime): Promise<void> {
  const packages = runtime.packages(process.platform, process.arch);
  // Optional: npm leaves out what is not for this machine's C library.
  const optionalDependencies = Object.fromEntries(packages.map((name) => [name, runtime.version]));
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({ private: true, optionalDependencies }),
  );
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"];
  const result = await run("npm", args, { cwd: folder, timeoutMs: INSTALL_TIMEOUT_MS });
  if (result.code === 0) return;
  throw new Error(`installing ${runtime.name} failed:\n${result.stdout}${result.stderr}`);
}

/**
 * The path of the runtime's program.
 *
 * @throws {Error} when npm has nothing of this version for this machine
 */
export async function install(runtime: Runtime): Promise<string> {
  const folder = join(cache, `runtime-${runtime.name.replace(/-.*/, "")}-${runtime.version}`);
  const finished = join(folder, ".finished");
  if (!existsSync(finished)) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await fill(folder, runtime);
    await writeFile(finished, "");
  }
  const program = runtime
    .packages(process.platform, process.arch)
    .map((name) => join(folder, "node_modules", name, runtime.program))
    .find((path) => existsSync(path));
  if (program === undefined) {
    throw new Error(
      `npm has no ${runtime.name} ${runtime.version} for ${process.platform} ${process.arch}`,
    );
  }
  return program;
}
