// The page about attacks shows the catalogue as it is.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { attacks } from "../catalogue.js";
import { formatTable } from "./report.js";

it("docs/attacks.md holds the table that `npm run attacks -- --list` prints", () => {
  const page = readFileSync(new URL("../../../../docs/attacks.md", import.meta.url), "utf8");
  expect(page).toContain(formatTable(attacks));
});

it("no two attacks have the same name", () => {
  expect(new Set(attacks.map(({ name }) => name)).size).toBe(attacks.length);
});
