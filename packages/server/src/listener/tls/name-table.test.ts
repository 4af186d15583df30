// Which certificate a name is for.
import { expect, it } from "vitest";
import { NameTable } from "./name-table.js";

const table = new NameTable<string>();
table.add("a.example", "exact");
table.add("a.example", "too late");
table.add("*.example", "wild");
table.add("*.Users.Example", "deep");

it.each([
  ["a.example", "exact"],
  ["A.Example.", "exact"],
  ["b.example", "wild"],
  ["x.users.example", "deep"],
  ["X.USERS.EXAMPLE", "deep"],
  ["users.example", "wild"],
  ["y.x.users.example", undefined],
  ["a.b.example", undefined],
  [".example", undefined],
  ["example", undefined],
  ["", undefined],
  ["*.example", "wild"],
])("%s: %s", (name, expected) => {
  expect(table.find(name)).toBe(expected);
});
