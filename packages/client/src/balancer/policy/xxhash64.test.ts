// XXH64 against values that other implementations publish.
import { expect, it } from "vitest";
import { xxHash64 } from "./xxhash64.js";

it.each([
  ["", "ef46db3751d8e999"],
  ["a", "d24ec4f1a98c6e5b"],
  ["as", "1c330fb2d66be179"],
  ["asd", "631c37ce72a97393"],
  ["asdf", "415872f599cea71e"],
  ["abc", "44bc2cf5ad770999"],
  ["Call me Ishmael. Some years ago--never mind how long precisely-", "02a2e85470d6fd96"],
])("XXH64 of %j is %s", (text, hash) => {
  expect(xxHash64(text).toString(16).padStart(16, "0")).toBe(hash);
});

it("depends on the seed", () => {
  expect(xxHash64("a", 1n)).not.toBe(xxHash64("a"));
});
