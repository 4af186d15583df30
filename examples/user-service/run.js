// Builds what has changed, then runs a program of the example: `node run.js main|demo|call ...`.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const compiler = join(
  dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
  "bin/tsc",
);
const build = spawnSync(process.execPath, [compiler, "-b", here], { stdio: ["ignore", 2, 2] });
if (build.status !== 0) process.exit(1);

// In this same process, so that signals meant for it need nobody to pass them on.
const [program] = process.argv.splice(2, 1);
await import(join(here, "dist/src", `${program}.js`));
