// What is said about names that are not allowed: enough to find them, not all of it.
import { expect, test } from "vitest";
import { describeNameFault } from "./field-syntax.js";

test("a long name is quoted in part, and what is in it does no harm to a log", () => {
  expect(describeNameFault("A\n")).toContain('"A\\n"');
  expect(describeNameFault("x".repeat(64))).toContain(`"${"x".repeat(64)}"`);
  expect(describeNameFault("X".repeat(65))).toContain(`"${"X".repeat(64)}..."`);
});
