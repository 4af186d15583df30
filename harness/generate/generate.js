// Makes TypeScript from .proto files, or with --check says which generated files are out of date. With --from FOLDER
// --into FOLDER it makes that of one folder only: for suites whose contracts come with their tools.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { NoRulesError, provideRules, RULES_PROTO } from "./protovalidate.js";
import { findRoot } from "./sources.js";
import { targets } from "./targets.js";

const home = fileURLToPath(new URL("../../", import.meta.url));
const require = createRequire(import.meta.url);
// The plugin is started by its file: `npx` would cost a quarter of a second a target.
const buf = require.resolve("@bufbuild/buf/bin/buf");
const plugin = require.resolve("@bufbuild/protoc-gen-es/bin/protoc-gen-es");
const options = [
  "target=ts",
  "import_extension=js",
  "erasable_syntax=true",
  // Of rules for validation, the code is that of the package which reads them.
  "rewrite_imports=./buf/validate/**/*_pb.js:@bufbuild/protovalidate/gen",
];

/** Copies the target's files to `into`, so that buf reads these and no other of the package's thousands. */
function gather(target, root, into) {
  const present = target.files.filter((file) => existsSync(join(root, file)));
  if ((target.from || target.debian) && present.length < target.files.length) {
    const missing = target.files.filter((file) => !present.includes(file));
    throw new Error(`${target.from ?? target.debian} ships no ${missing}`);
  }
  const place = join(into, target.below ?? ".");
  for (const file of present) cpSync(join(root, file), join(place, file), { recursive: true });
  if (target.without) for (const file of present) leaveOut(target.without, join(place, file));
  if (target.cut) for (const file of present) cut(target.cut, join(place, file));
  return present.length > 0;
}

/** Takes an import out of a copied file, and the field options that its package brings. */
function leaveOut(imported, file) {
  const rules = new RegExp(`\\s*\\[\\(${dirname(imported)}\\.[^\\]]*\\]`, "g");
  const text = readFileSync(file, "utf8").replaceAll("\r\n", "\n");
  writeFileSync(file, text.replace(`import "${imported}";\n`, "").replace(rules, ""));
}

/** Takes text out of a copied file. */
function cut(text, file) {
  writeFileSync(file, readFileSync(file, "utf8").replace(text, ""));
}

/** Runs buf over the folder `source`, and leaves TypeScript in `out`: of everything, or of these types and what they need. */
function compile(source, out, types = []) {
  const template = {
    version: "v2",
    plugins: [{ local: [process.execPath, plugin], out, opt: options }],
  };
  const args = [buf, "generate", source, "--template", JSON.stringify(template)];
  for (const type of types) args.push("--type", type);
  if (importsRules(source)) {
    provideRules(source);
    args.push("--exclude-path", join(source, dirname(RULES_PROTO)));
  }
  execFileSync(process.execPath, args, { cwd: source, stdio: ["ignore", "inherit", "inherit"] });
}

/** All files below a folder, as sorted relative paths; none if there is no such folder. */
function listFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
}

/** Whether a contract below a folder has rules for validation. */
function importsRules(folder) {
  const importing = `import "${RULES_PROTO}";`;
  return listFiles(folder).some((name) =>
    readFileSync(join(folder, name), "utf8").includes(importing),
  );
}

/** The paths at which two folders differ. */
function difference(made, kept) {
  const names = new Set([...listFiles(made), ...listFiles(kept)]);
  const text = (folder, name) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : undefined;
  return [...names].filter((name) => text(made, name) !== text(kept, name));
}

/** Makes one target in a folder of its own; returns the files that differ from those in the tree. */
function generate(target, work, checkOnly) {
  const source = join(work, target.into, "proto");
  const out = target.asIs ? source : join(work, target.into, "gen");
  const root = findRoot(target, { home, work, mayFetch: !checkOnly });
  if (root === undefined) {
    console.log(
      `${checkOnly ? "not checked" : "left as it is"}: ${target.into}, for want of Debian's ${target.debian} ${target.version}`,
    );
    return [];
  }
  if (!gather(target, root, source)) return [];
  if (!target.asIs) compile(source, out, target.types);
  const kept = join(home, target.into);
  const changed = difference(out, kept).map((name) => join(target.into, name));
  if (!checkOnly && changed.length > 0) {
    rmSync(kept, { recursive: true, force: true });
    cpSync(out, kept, { recursive: true });
  }
  return changed;
}

/** Makes every target, or says which are out of date. */
function generateAll(work, checkOnly) {
  const changed = targets.flatMap((target) => {
    try {
      return generate(target, work, checkOnly);
    } catch (error) {
      if (!checkOnly || !(error instanceof NoRulesError)) throw error;
      console.log(`not checked: ${target.into}: ${error.message}`);
      return [];
    }
  });
  for (const file of changed)
    console.log(`${checkOnly ? "out of date" : "written"}: ${relative(".", join(home, file))}`);
  if (checkOnly && changed.length > 0) {
    console.error(`${changed.length} generated file(s) are out of date: run npm run generate`);
    process.exitCode = 1;
  }
  if (changed.length === 0) console.log("generated code is up to date");
}

const { values } = parseArgs({
  options: { check: { type: "boolean" }, from: { type: "string" }, into: { type: "string" } },
});
if ((values.from === undefined) !== (values.into === undefined)) {
  throw new Error("--from and --into go together");
}
if (values.from !== undefined) {
  compile(resolve(values.from), resolve(values.into));
} else {
  const work = mkdtempSync(join(tmpdir(), "trunkline-generate-"));
  try {
    generateAll(work, values.check === true);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
