// Checks that each package can be published: its entry points, files and types, as publint and attw see them once packed.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readPackages } from "./entry-points.js";

const home = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a program and shows what it says; returns whether all was well. */
function run(program, args) {
  const { status } = spawnSync(program, args, {
    cwd: home,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, PATH: `${join(home, "node_modules/.bin")}:${process.env.PATH}` },
  });
  return status === 0;
}

/** The file that npm would publish. */
function pack(folder, into) {
  const args = ["pack", folder, "--json", "--pack-destination", into];
  const { status, stdout } = spawnSync("npm", args, { cwd: home, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm pack ${folder} ended with ${status}`);
  return join(into, JSON.parse(stdout)[0].filename);
}

const work = mkdtempSync(join(tmpdir(), "trunkline-pack-"));
try {
  const failed = readPackages().filter(({ folder }) => {
    const file = pack(folder, work);
    const isSound = run("publint", ["run", file, "--strict"]);
    // The packages are ESM alone, for a Node.js that can `require` them too.
    return !(
      run("attw", [file, "--profile", "esm-only", "--format", "ascii", "--no-emoji"]) && isSound
    );
  });
  for (const { manifest } of failed) console.error(`${manifest.name} is not fit to be published`);
  process.exitCode = failed.length === 0 ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
