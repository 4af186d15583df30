// Builds what has changed, then runs a program of the example: `node run.js main|demo|call ...`.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

function build() {
  const require = createRequire(import.meta.url);
  const compiler = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  const steps = [[compiler, "-b", here], [join(here, "../../harness/pack/bundle.js")]];
  return steps.every(
    (step) => spawnSync(process.execPath, step, { stdio: ["ignore", 2, 2] }).status === 0,
  );
}

try {
  if (!build()) process.exit(1);
} catch {
  console.error("user service: there is no TypeScript to build with: run npm ci first");
  process.exit(1);
}

// In this same process, so that signals meant for it need nobody to pass them on.
const [program] = process.argv.splice(2, 1);
await import(join(here, "dist/src", `${program}.js`));
