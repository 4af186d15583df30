// Builds the runner at the version pinned in go/go.mod, and our two peers from the contract that comes with it. Needs Go.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@trunkline/testkit";

const home = fileURLToPath(new URL("../", import.meta.url));
const cacheHome = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "trunkline");
const buildTimeoutMs = 600_000;
const module = "connectrpc.com/conformance";
/**
 * The version of the cases, which is newer than that of the runner (go/go.mod says why). They differ in time alone:
 * 500 ms instead of 200 ms pass between responses, so that a busy machine does not see both before it can cancel.
 */
const casesVersion = "v1.0.7";
const require = createRequire(import.meta.url);

/** What is needed to run the suite. */
export interface Tools {
  /** Path of the runner. */
  readonly runner: string;
  /** Paths of the files with the cases. */
  readonly cases: readonly string[];
  /** Paths of the peers' programs. */
  readonly client: string;
  readonly server: string;
}

/** The runner and the peers, built unless they are there already. */
export async function prepareTools(): Promise<Tools> {
  const folder = await prepareRunner();
  await preparePeers(join(folder, "proto"));
  const peers = join(home, "dist/peers");
  return {
    runner: join(folder, "bin/connectconformance"),
    cases: (await readdir(join(folder, "cases")))
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => join(folder, "cases", name)),
    client: join(peers, "client.js"),
    server: join(peers, "server.js"),
  };
}

async function must(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, { cwd, timeoutMs: buildTimeoutMs });
  if (code === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")} failed: ${stdout}${stderr}`);
}

/** A folder outside the tree with the runner in `bin`, its contract in `proto` and the cases in `cases`. */
async function prepareRunner(): Promise<string> {
  const sources = join(home, "go");
  const pins = await Promise.all(["go.mod", "go.sum"].map((name) => readFile(join(sources, name))));
  const hash = createHash("sha256")
    .update(Buffer.concat(pins))
    .update(casesVersion)
    .digest("hex")
    .slice(0, 16);
  const folder = join(cacheHome, `conformance-${hash}`);
  const finished = join(folder, ".finished");
  if (existsSync(finished)) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(sources, folder, { recursive: true });
  await must("go", ["build", "-o", "bin/", "tool"], folder);
  const listed = await must("go", ["list", "-m", "-f", "{{.Dir}}", module], folder);
  await copy(join(listed.trim(), "proto"), join(folder, "proto"));
  const newer = await must("go", ["mod", "download", "-json", `${module}@${casesVersion}`], folder);
  const { Dir } = JSON.parse(newer) as { readonly Dir: string };
  const cases = join(Dir, "internal/app/connectconformance/testsuites/data");
  await copy(cases, join(folder, "cases"));
  await writeFile(finished, "");
  return folder;
}

/** Not `cp` of Node.js: it would keep that the module cache is read-only. */
async function copy(from: string, to: string): Promise<void> {
  await must("cp", ["-r", "--no-preserve=mode", from, to], home);
}

/** Makes TypeScript of the contract, which is not in the tree, and compiles the peers. */
async function preparePeers(contract: string): Promise<void> {
  const generator = require.resolve("@trunkline/generate/generate.js");
  const generated = join(home, "peers/src/gen");
  await must(process.execPath, [generator, "--from", contract, "--into", generated], home);
  const compiler = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  await must(process.execPath, [compiler, "-b", "peers"], home);
}
