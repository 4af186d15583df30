// Compiles the tests into a tree of their own. Tests of packages see compiled sources there, as they import files of
// their package; the others see the packages as they are published.
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@trunkline/testkit";

/** The root of the workspace. */
export const root: string = fileURLToPath(new URL("../../../../", import.meta.url));

const home = join(root, "harness/runtimes");

/** The root of what was compiled: inside the workspace, so that its `node_modules` are in reach. */
export const compiledRoot: string = join(home, "dist/compiled");

const testApi = join(home, "dist/test-api/vitest.js");
const SOURCE_CONDITION = "@trunkline/source";

async function compile(): Promise<void> {
  const manifest = createRequire(import.meta.url).resolve("typescript/package.json");
  const compiler = join(dirname(manifest), "bin/tsc");
  const args = [compiler, "-p", join(home, "tsconfig.compiled.json")];
  const result = await run(process.execPath, args, { timeoutMs: 120_000 });
  if (result.code !== 0) throw new Error(`compiling the tests failed:\n${result.stdout}`);
}

/** The exports of a package with each path to a source turned into one to what is compiled of it. */
function compiledExports(exported: unknown): unknown {
  if (typeof exported !== "object" || exported === null) return exported;
  const conditions = exported as Record<string, unknown>;
  const source = conditions[SOURCE_CONDITION];
  if (typeof source === "string") return source.replace(/\.ts$/, ".js");
  const { browser: _, ...rest } = conditions;
  return Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [name, compiledExports(value)]),
  );
}

/** Gives a compiled package its manifest, and its name a place where the other packages find it. */
async function linkPackage(name: string): Promise<void> {
  const folder = join(compiledRoot, "packages", name);
  const manifest = JSON.parse(await readFile(join(root, "packages", name, "package.json"), "utf8"));
  const exported = compiledExports(manifest.exports);
  const { name: specifier, version, type } = manifest;
  const text = JSON.stringify({ name: specifier, version, type, exports: exported });
  await writeFile(join(folder, "package.json"), text);
  await symlink(folder, join(compiledRoot, "packages/node_modules", specifier));
}

/**
 * Has the tests import our test API by its path. Bun has a `vitest` of its own, which no package replaces; Deno loads no
 * file that is reached through a package and lies outside of it.
 */
async function placeTestApi(): Promise<void> {
  const names = await readdir(compiledRoot, { recursive: true });
  for (const name of names.filter((path) => path.endsWith(".js"))) {
    const path = join(compiledRoot, name);
    const text = await readFile(path, "utf8");
    const changed = text.replaceAll(
      ' from "vitest";',
      ` from "${relative(dirname(path), testApi)}";`,
    );
    if (changed !== text) await writeFile(path, changed);
  }
}

/** Makes the tree anew. */
export async function compileTests(): Promise<void> {
  await rm(compiledRoot, { recursive: true, force: true });
  await compile();
  await placeTestApi();
  const packages = await readdir(join(compiledRoot, "packages"));
  await mkdir(join(compiledRoot, "packages/node_modules/@trunkline"), { recursive: true });
  for (const name of packages) {
    await linkPackage(name);
    const fixtures = join("packages", name, "test/fixtures");
    // Some are read as text.
    if (existsSync(join(root, fixtures))) {
      await cp(join(root, fixtures), join(compiledRoot, fixtures), { recursive: true });
    }
  }
  for (const name of await readdir(join(compiledRoot, "examples"))) {
    const folder = join(compiledRoot, "examples", name);
    // Their tests start programs in `dist`: here, everything is compiled in place.
    await symlink(".", join(folder, "dist"));
    const starter = join(root, "examples", name, "run.js");
    if (existsSync(starter)) await cp(starter, join(folder, "run.js"));
  }
}
