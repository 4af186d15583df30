// Runs the server and the client of the README as they are printed there, against the built packages.
import { access, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, startPeer } from "@trunkline/testkit";
import ts from "typescript";
import { afterAll, beforeAll, expect, it } from "vitest";
import { home } from "./source-tree.js";

let folder: string;
let readme: string;

/** The code of the block that follows a heading. */
function snippetUnder(heading: string): string {
  const [, section = ""] = readme.split(`\n## ${heading}\n`);
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(section) ?? [];
  return code;
}

async function writeModule(name: string, source: string): Promise<string> {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const path = join(folder, name);
  await writeFile(path, ts.transpileModule(source, { compilerOptions }).outputText);
  return path;
}

beforeAll(async () => {
  readme = await readFile(join(home, "README.md"), "utf8");
  folder = await mkdtemp(join(tmpdir(), "trunkline-readme-"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await symlink(join(home, "node_modules"), join(folder, "node_modules"));
  const generated = "gen/trunkline/examples/hello/v1";
  await mkdir(join(folder, generated), { recursive: true });
  const contract = await readFile(join(home, "examples/hello", generated, "hello_pb.ts"), "utf8");
  await writeModule(join(generated, "hello_pb.js"), contract);
});
afterAll(() => rm(folder, { recursive: true }));

it("the server and the client run and understand each other", async () => {
  const server = await startPeer({
    command: process.execPath,
    args: [await writeModule("server.js", snippetUnder("A server"))],
    env: { PORT: "0" },
    readyLine: /^listening on (127\.0\.0\.1:\d+)$/,
  });
  const client = await writeModule("client.js", snippetUnder("A client"));
  const result = await run(process.execPath, [client], { env: { TARGET: server.ready } });
  expect(result).toEqual({ code: 0, stdout: "Hello, Ada!\n", stderr: "" });
  expect(await server.stop()).toBe(0);
});

it.each([
  ["A server", "server.ts"],
  ["A client", "client.ts"],
])("%s is examples/hello/%s", async (heading, file) => {
  const [, ...lines] = (await readFile(join(home, "examples/hello", file), "utf8")).split("\n");
  expect(snippetUnder(heading)).toBe(lines.join("\n"));
});

it.each([
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "docs/architecture.md",
  "examples/hello/README.md",
])("every link of %s leads to a file", async (name) => {
  const text = await readFile(join(home, name), "utf8");
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link = ""]) => link);
  for (const link of links) await access(join(home, name, "..", link));
});

it("every npm script that README and CONTRIBUTING name exists", async () => {
  const { scripts } = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
  const contributing = await readFile(join(home, "CONTRIBUTING.md"), "utf8");
  const named = `${readme}${contributing}`.matchAll(/npm run ([a-z-]+)(?=[`\n]| --)/g);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining([...named].map(([, name]) => name)));
});
