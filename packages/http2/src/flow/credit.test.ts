// When a window is opened again: at a quarter of it, and never by nothing.
import { expect, test } from "vitest";
import { connectionCredit, creditThreshold } from "./credit.js";

test.each([
  [1 << 20, 1 << 18],
  [65_535, 16_383],
  [3, 1],
  [0, 1],
])("a window of %d bytes is credited from %d on", (target, threshold) => {
  expect(creditThreshold(target)).toBe(threshold);
});

test.each([
  ["little is missing", 900, 0, 0],
  ["a quarter is missing", 750, 0, 250],
  ["much is unread", 0, 1900, 0],
  ["some of it may be given", 0, 1600, 400],
])("of the connection when %s", (_when, window, unread, credit) => {
  expect(connectionCredit(window, 1000, unread, 2000)).toBe(credit);
});
