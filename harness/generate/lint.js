// Lints the contracts in proto/, together with what they import from elsewhere.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { provideRules } from "./protovalidate.js";

const home = fileURLToPath(new URL("../../", import.meta.url));
const buf = createRequire(import.meta.url).resolve("@bufbuild/buf/bin/buf");

const work = mkdtempSync(join(tmpdir(), "trunkline-lint-"));
try {
  for (const name of ["buf.yaml", "proto"])
    cpSync(join(home, name), join(work, name), { recursive: true });
  provideRules(join(work, "proto"));
  execFileSync(process.execPath, [buf, "lint", "--path", "proto/trunkline"], {
    cwd: work,
    stdio: "inherit",
  });
} catch (error) {
  // What buf finds it has said.
  if (error.status === undefined) console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
