// Bundles each package into its dist: one ESM file for each entry point of its package.json. `tsc -b` adds the types.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { entryPointsOf, readPackages } from "./entry-points.js";

const JAVASCRIPT = /\.js(\.map)?$/;

/** Where esbuild is to put an entry, as it wants it said: below dist and without the extension. */
function toOutput(file) {
  return file.replace(/^\.\/dist\//, "").replace(/\.js$/, "");
}

/** Bundles entry points that may be loaded in one process, so what they share is in chunks. */
function bundle(folder, entryPoints) {
  return build({
    absWorkingDir: folder,
    entryPoints: entryPoints.map(({ source, file }) => ({ in: source, out: toOutput(file) })),
    outdir: "dist",
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    packages: "external",
    format: "esm",
    platform: "neutral",
    target: "node20",
    sourcemap: true,
    write: false,
    logLevel: "warning",
  });
}

/**
 * Gives classes that mention themselves their names back, which esbuild takes (`var A = class _A`), within the line, so
 * that source maps hold. Its `keepNames` would make every function pay when it is made, on the path of calls as well.
 */
function nameClasses({ path, text }) {
  const named = text.replace(
    /^var (\w+) = class _\1 (?:extends [\w.]+ )?\{$/gm,
    '$& static { Object.defineProperty(this, "name", { value: "$1" }); }',
  );
  return { path, contents: Buffer.from(named) };
}

/** Leaves what is right already alone, and never a file half written: programs may be starting from it. */
function update({ path, contents }) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  const draft = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(draft, contents);
  renameSync(draft, path);
}

/** Removes JavaScript that is none of these files: what an earlier build has left behind. */
function removeStale(folder, files) {
  const dist = join(folder, "dist");
  for (const name of readdirSync(dist, { recursive: true })) {
    const file = join(dist, String(name));
    if (JAVASCRIPT.test(file) && !files.has(file)) rmSync(file);
  }
}

async function bundlePackage(workspace) {
  const entryPoints = entryPointsOf(workspace);
  // No process loads the browser's entry and another one: it has a bundle of its own.
  const forBrowsers = entryPoints.filter(({ conditions }) => conditions.includes("browser"));
  const others = entryPoints.filter((entry) => !forBrowsers.includes(entry));
  const groups = [others, forBrowsers].filter((group) => group.length > 0);
  const results = await Promise.all(groups.map((group) => bundle(workspace.folder, group)));
  const files = results.flatMap(({ outputFiles }) => outputFiles.map(nameClasses));
  for (const file of files) update(file);
  removeStale(workspace.folder, new Set(files.map(({ path }) => path)));
}

await Promise.all(readPackages().map(bundlePackage));
