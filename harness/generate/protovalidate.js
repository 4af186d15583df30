// buf/validate/validate.proto, which is on no npm registry: taken from the Go module of protovalidate, kept outside the tree.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** What contracts with rules import. */
export const RULES_PROTO = "buf/validate/validate.proto";

// The version that the npm package @bufbuild/protovalidate, as pinned in packages/plugins, is made from.
const MODULE = "github.com/bufbuild/protovalidate@v1.2.2";
const SHA256 = "a1dc1163ebac930b3b070655b91f2bc78df8b4aea940021661fe5ec7904a7b88";
const FETCH_TIMEOUT_MS = 60_000;

/** This machine has no Go, or no way to a module proxy. */
export class NoRulesError extends Error {}

function cacheFolder() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "trunkline");
}

function isIntact(file) {
  return (
    existsSync(file) && createHash("sha256").update(readFileSync(file)).digest("hex") === SHA256
  );
}

/** Where Go has put the module, by way of whatever module proxy it is told to use. */
function downloadModule() {
  const work = mkdtempSync(join(tmpdir(), "trunkline-go-"));
  try {
    // Outside of any module of ours, and with no say for one above the folder.
    const options = {
      cwd: work,
      env: { ...process.env, GOWORK: "off" },
      timeout: FETCH_TIMEOUT_MS,
    };
    return JSON.parse(execFileSync("go", ["mod", "download", "-json", MODULE], options).toString())
      .Dir;
  } catch (error) {
    const reason = error.code === "ENOENT" ? "Go is not installed" : error.message;
    throw new NoRulesError(
      `${RULES_PROTO} comes from the Go module ${MODULE}, which is not to be had: ${reason}`,
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Copies the file to where an import below `folder` finds it; fetches it the first time. */
export function provideRules(folder) {
  const kept = join(cacheFolder(), MODULE.replaceAll("/", "-"), RULES_PROTO);
  if (!isIntact(kept)) {
    const shipped = join(downloadModule(), "proto", "protovalidate", RULES_PROTO);
    if (!isIntact(shipped)) throw new Error(`${shipped} is not the file with SHA-256 ${SHA256}`);
    mkdirSync(dirname(kept), { recursive: true });
    // In one step, for others may be at it as well.
    const arriving = `${kept}.${process.pid}`;
    cpSync(shipped, arriving);
    renameSync(arriving, kept);
  }
  mkdirSync(dirname(join(folder, RULES_PROTO)), { recursive: true });
  cpSync(kept, join(folder, RULES_PROTO));
}
