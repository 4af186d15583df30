// Builds h2spec and h2specd at the version pinned in go/go.mod, into a cache outside the tree. Needs Go.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@trunkline/testkit";

const sources = fileURLToPath(new URL("../go/", import.meta.url));
const cacheHome = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "trunkline");
const buildTimeoutMs = 600_000;
const programs = ["h2spec", "h2specd"].map((name) => `github.com/summerwind/h2spec/cmd/${name}`);

/** Paths of the two programs. */
export interface Tools {
  /** Tests a server. */
  readonly h2spec: string;
  /** Tests a client. */
  readonly h2specd: string;
}

/** The programs, built unless they are there already. */
export async function prepareTools(): Promise<Tools> {
  const pins = await Promise.all(["go.mod", "go.sum"].map((name) => readFile(join(sources, name))));
  const hash = createHash("sha256").update(Buffer.concat(pins)).digest("hex").slice(0, 16);
  const folder = join(cacheHome, `h2spec-${hash}`);
  const tools = { h2spec: join(folder, "bin/h2spec"), h2specd: join(folder, "bin/h2specd") };
  const finished = join(folder, ".finished");
  if (existsSync(finished)) return tools;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(sources, folder, { recursive: true });
  const args = ["build", "-o", "bin/", ...programs];
  const { code, stderr } = await run("go", args, { cwd: folder, timeoutMs: buildTimeoutMs });
  if (code !== 0) throw new Error(`building h2spec failed: ${stderr}`);
  await writeFile(finished, "");
  return tools;
}
