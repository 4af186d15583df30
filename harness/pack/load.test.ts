// What importing a package loads, and what its dist holds: one file for each entry point.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { entryPointsOf, readPackages } from "./entry-points.js";

const home: string = fileURLToPath(new URL("../..", import.meta.url));

const toDataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

// Runs on the loader's own thread, so it speaks to the file system, and not to the program.
const hooks = `
import { writeSync } from "node:fs";
export function load(url, context, next) {
  writeSync(1, url + "\\n");
  return next(url, context);
}`;
const registration = `import { register } from "node:module"; register(${JSON.stringify(toDataUrl(hooks))});`;

/** The addresses of all modules that a program loads by import. */
function modulesOf(program: string): string[] {
  const args = ["--import", toDataUrl(registration), "--input-type=module", "--eval", program];
  const output = execFileSync(process.execPath, args, { cwd: home, encoding: "utf8" });
  return output.split("\n").filter((line) => line !== "");
}

const base = pathToFileURL(home).href;
const loaded = modulesOf(`
  import "@trunkline/server";
  import "@trunkline/client";
`);

describe("importing server and client", () => {
  it("loads one file of each entry point, and at most four chunks of each package", () => {
    const own = loaded.filter((url) => url.startsWith(`${base}packages/`));
    const chunks = own.filter((url) => url.includes("/chunks/"));
    // Those of the five packages, @trunkline/core/node and @trunkline/core/orca.
    expect(own.length - chunks.length).toBe(7);
    // What entry points share is in chunks, one for each set of entry points that share something.
    const ofPackages = chunks.map((url) => /packages\/(\w+)\//.exec(url)?.[1]);
    for (const name of new Set(ofPackages)) {
      expect(ofPackages.filter((it) => it === name).length, name).toBeLessThanOrEqual(4);
    }
  });

  it("loads of protobuf-es what generated code loads, and few descriptors", () => {
    const entries = loaded.filter((url) =>
      /@bufbuild\/protobuf\/dist\/esm\/\w+\/index\.js$/.test(url),
    );
    expect(entries.sort()).toEqual([
      expect.stringContaining("/codegenv2/index.js"),
      expect.stringContaining("/reflect/index.js"),
    ]);
    const descriptors = loaded.filter((url) => url.includes("/esm/wkt/google/"));
    expect(descriptors.length).toBeLessThanOrEqual(3);
  });

  it.each(["node:tls", "node:dns/promises", "node:zlib", "node:crypto"])(
    "leaves %s alone",
    (name) => {
      expect(loaded).not.toContain(name);
    },
  );
});

/** What a program prints that runs what has been built. */
function print(program: string, ...options: string[]): string {
  const args = [...options, "--input-type=module", "--eval", program];
  return execFileSync(process.execPath, args, { cwd: home, encoding: "utf8" });
}

/** What packages export, entry by entry, without the browser's. */
const entryNames: string[] = readPackages()
  .flatMap((workspace) =>
    Object.keys(workspace.manifest.exports).map((path) => join(workspace.manifest.name, path)),
  )
  .filter((name) => name !== "@trunkline/http2"); // Which has a UsageError of its own.

describe("what was built", () => {
  it("has one copy of what several packages and entry points export", () => {
    const program = `
      const entries = await Promise.all(${JSON.stringify(entryNames)}.map((name) => import(name)));
      const seen = new Map();
      for (const entry of entries) for (const [name, value] of Object.entries(entry)) {
        if (seen.has(name) && seen.get(name) !== value) console.log("two of", name);
        seen.set(name, value);
      }
      for (const [name, value] of seen) {
        if (String(value).startsWith("class") && value.name !== name) console.log(name, "is", value.name);
      }
      console.log(seen.get("RpcError") !== undefined);`;
    expect(print(program)).toBe("true\n");
  });

  it("says in stacks where the source stands", () => {
    const program = `
      import { createChannel } from "@trunkline/client";
      try { createChannel("a:b:c:d"); } catch (error) { console.log(error.stack); }`;
    expect(print(program, "--enable-source-maps")).toMatch(
      /packages\/client\/src\/[-\w/]+\.ts:\d+:\d+/,
    );
  });
});

/** Those that start what was built. */
const starting: [string, string][] = Object.entries(
  (
    JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    }
  ).scripts,
).filter(([, command]) => /\bnode harness\/[-\w]+\/dist\//.test(command));

it.each(starting)("npm run %s builds the packages", (_name, command) => {
  expect(command).toMatch(/npm run build|harness\/pack\/bundle\.js/);
});

describe("dist", () => {
  it.each(readPackages())(
    "of $manifest.name holds what exports promise, and chunks",
    (workspace) => {
      const dist = join(workspace.folder, "dist");
      const files = readdirSync(dist, { recursive: true })
        .map((name) => `./${relative(workspace.folder, join(dist, String(name)))}`)
        .filter((name) => name.endsWith(".js") && !name.startsWith("./dist/chunks/"));
      const promised = entryPointsOf(workspace).map(({ file }) => file);
      expect(promised.length).toBeGreaterThan(0);
      expect(files.sort()).toEqual([...promised].sort());
    },
  );
});
