// The generated code in the tree is what the .proto files make today.
import { fileURLToPath } from "node:url";
import { run } from "@trunkline/testkit";
import { expect, it } from "vitest";

const script = fileURLToPath(new URL("generate.js", import.meta.url));

const TIMEOUT_MS = 240_000;

it(
  "is up to date",
  async () => {
    const result = await run(process.execPath, [script, "--check"], { timeoutMs: TIMEOUT_MS });
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(result.stdout).toMatch(/(^|\n)generated code is up to date\n$/);
  },
  TIMEOUT_MS,
);
