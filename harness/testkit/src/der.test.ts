// DER has one way to write each number: readers refuse all others.
import { expect, it } from "vitest";
import { derInteger } from "./der.js";

it.each([
  [[0], [2, 1, 0]],
  [
    [0, 0],
    [2, 1, 0],
  ],
  [
    [0, 5],
    [2, 1, 5],
  ],
  [
    [0, 0, 0x80],
    [2, 2, 0, 0x80],
  ],
  [
    [0x7f, 0],
    [2, 2, 0x7f, 0],
  ],
  [
    [0xff, 1],
    [2, 3, 0, 0xff, 1],
  ],
])("the number %j is %j", (bytes, der) => {
  expect([...derInteger(Uint8Array.from(bytes))]).toEqual(der);
});
