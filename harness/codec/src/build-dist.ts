// Compiles this workspace and the codec, for tests that start programs of their own.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Brings `dist` up to date. @returns that folder */
export function buildDist(): string {
  const home = join(dirname(fileURLToPath(import.meta.url)), "..");
  const compiler = createRequire(import.meta.url).resolve("typescript/package.json");
  const tsc = join(dirname(compiler), "bin/tsc");
  for (const command of [[tsc, "-b", home], [join(home, "../pack/bundle.js")]]) {
    execFileSync(process.execPath, command, { stdio: "inherit" });
  }
  return join(home, "dist");
}
