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
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";
import { embedProtobuf, findNotices } from "./embed-protobuf.js";
import { entryPointsOf, readPackages } from "./entry-points.js";

const JAVASCRIPT = /\.js(\.map)?$/;

/** Where esbuild is to put an entry, as it wants it said: below dist and without the extension. */
function toOutput(file) {
  return file.replace(/^\.\/dist\//, "").replace(/\.js$/, "");
}

/** Bundles entry points that may be loaded in one process, so what they share is in chunks. */
function bundle(folder, entryPoints, plugins) {
  return build({
    absWorkingDir: folder,
    entryPoints: entryPoints.map(({ source, file }) => ({ in: source, out: toOutput(file) })),
    outdir: "dist",
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    packages: "external",
    plugins,
    format: "esm",
    platform: "neutral",
    target: "node20",
    sourcemap: true,
    metafile: true,
    write: false,
    logLevel: "warning",
  });
}

/** Those that are not a package's main entry point, but loaded by that of another one. */
const LOADED_BY_OTHERS = ["packages/core/src/orca/index.ts"];

/** The source files of the entry points that every process loads. */
async function findMainFiles(folder, entryPoints) {
  const main = entryPoints.filter(
    ({ source }) =>
      source === "./src/index.ts" ||
      LOADED_BY_OTHERS.some((file) => join(folder, source).endsWith(file)),
  );
  // The plugins have none.
  if (main.length === 0) return new Set();
  const { metafile } = await bundle(folder, main, []);
  return new Set(Object.keys(metafile.inputs).map((path) => join(folder, path)));
}

/**
 * Gives classes that mention themselves their names back, which esbuild takes (`var A = class _A`), within the line, so
 * that source maps hold. Its `keepNames` would make every function pay when it is made, on the path of calls as well.
 */
function nameClasses(text) {
  return text.replace(
    /^var (\w+) = class _\1 (?:extends [\w.]+ )?\{$/gm,
    '$& static { Object.defineProperty(this, "name", { value: "$1" }); }',
  );
}

/** The files of a bundle as they are published. */
function finish(folder, { outputFiles, metafile }) {
  return outputFiles.map(({ path, text, contents }) => {
    if (!path.endsWith(".js")) return { path, contents };
    const inputs = metafile.outputs[relative(folder, path)].inputs;
    const notices = findNotices(folder, inputs).map((notice) => `\n${notice}`);
    const [code, sourceMap] = nameClasses(text).split(/^(?=\/\/# sourceMappingURL=)/m);
    return { path, contents: Buffer.from(code + notices.join("") + sourceMap) };
  });
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
  const { folder } = workspace;
  const entryPoints = entryPointsOf(workspace);
  // No process loads the browser's entry and another one: it has a bundle of its own.
  const forBrowsers = entryPoints.filter(({ conditions }) => conditions.includes("browser"));
  const others = entryPoints.filter((entry) => !forBrowsers.includes(entry));
  const mainFiles = await findMainFiles(folder, others);
  const results = await Promise.all([
    bundle(folder, others, [embedProtobuf(mainFiles)]),
    bundle(folder, forBrowsers, []),
  ]);
  const files = results.flatMap((result) => finish(folder, result));
  for (const file of files) update(file);
  removeStale(folder, new Set(files.map(({ path }) => path)));
}

await Promise.all(readPackages().map(bundlePackage));
