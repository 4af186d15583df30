// Marks stay with their message and with what is made of it, and with nothing else.
import { expect, test } from "vitest";
import {
  carryMark,
  isUncompressed,
  markCompressed,
  uncompressed,
  wasCompressed,
} from "./message-marks.js";

test("a mark is carried to the message that is made of an object", () => {
  const [init, made, other] = [{ a: 1 }, { a: 1 }, { a: 1 }];
  expect(uncompressed(init)).toBe(init);
  carryMark(init, made);
  carryMark(other, { a: 2 });
  expect([init, made, other].map(isUncompressed)).toEqual([true, true, false]);
});

test("what came compressed says so", () => {
  const message = {};
  markCompressed(message);
  markCompressed(undefined);
  expect(wasCompressed(message)).toBe(true);
  expect(wasCompressed({})).toBe(false);
});
