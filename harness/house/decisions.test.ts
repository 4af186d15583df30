// Decisions are numbered without a gap, each number once, and say it in their first line.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { home } from "./source-tree.js";

const folder = join(home, "docs/decisions");
const names = readdirSync(folder).sort();

it("numbers are those of a list", () => {
  const numbers = names.map((name) => name.slice(0, 4));
  expect(numbers).toEqual(numbers.map((_, index) => String(index + 1).padStart(4, "0")));
});

it.each(names)("%s begins with its number", (name) => {
  const [title = ""] = readFileSync(join(folder, name), "utf8").split("\n");
  expect(title.startsWith(`# ${name.slice(0, 4)}: `)).toBe(true);
});
