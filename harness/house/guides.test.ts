// Code in the guides is code of the examples, which CI compiles and runs; links lead somewhere.
import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { home, sourceFiles } from "./source-tree.js";

let guides: { name: string; text: string }[];
// The first line of each file says what it is for; in a guide, the text around it does.
const examples = sourceFiles
  .filter(({ path }) => path.startsWith("examples/"))
  .map(({ text }) => text.slice(text.indexOf("\n") + 1));

beforeAll(async () => {
  const names = await readdir(join(home, "docs/guides"));
  guides = await Promise.all(
    names.map(async (name) => ({
      name,
      text: await readFile(join(home, "docs/guides", name), "utf8"),
    })),
  );
});

it("every block of TypeScript is part of an example", () => {
  const strange = guides.flatMap(({ name, text }) =>
    [...text.matchAll(/```ts\n([\s\S]*?)```/g)]
      .filter(([, code = ""]) => !examples.some((example) => example.includes(code)))
      .map(([, code = ""]) => `${name}: ${code.slice(0, 80)}`),
  );
  expect(guides.length).toBeGreaterThan(0);
  expect(strange).toEqual([]);
});

it("every link leads to a file", async () => {
  for (const { text } of guides) {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link = ""]) => link);
    for (const link of links) await access(join(home, "docs/guides", link));
  }
});
