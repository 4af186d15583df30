// Workers of `serveOnAllCores` that cannot start, or crash again and again: the end is told, and comes.
import { fileURLToPath } from "node:url";
import { run } from "@trunkline/testkit";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("../dist/programs/unlucky-workers.js", import.meta.url));

it.each([
  ["throw", 5, /^failed: worker \d has ended before it was ready: no database$/m],
  ["exit", 5, /^failed: worker \d has ended before it was ready: exit code 7$/m],
  ["crash", 1, /^ended: all is ended after 3 crashes of workers within 60000 ms$/m],
])("%s", async (what, code, output) => {
  const result = await run(process.execPath, [program, what], { timeoutMs: 15_000 });
  expect(result.stdout).toMatch(output);
  expect(result.code).toBe(code);
});
