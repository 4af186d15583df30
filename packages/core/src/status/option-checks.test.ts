// Options of the wrong kind are refused with a text that names them and their value.
import { expect, test } from "vitest";
import {
  checkFunction,
  checkFunctions,
  checkSharedOptions,
  describeValue,
} from "./option-checks.js";
import { UsageError } from "./usage-error.js";

test.each([
  ["5", '"5"'],
  ["x".repeat(200), `"${"x".repeat(100)}..."`],
  [5n, "5n"],
  [Symbol("s"), "Symbol(s)"],
  [Number.NaN, "NaN"],
  [null, "null"],
  [undefined, "undefined"],
  [[], "an array"],
  [{}, "an object"],
  [() => {}, "a function"],
])("%o reads %s", (value, text) => {
  expect(describeValue(value)).toBe(text);
});

test("functions are told from everything else", () => {
  checkFunction("connect", undefined);
  checkFunction("connect", () => {});
  expect(() => checkFunction("connect", 5)).toThrow("option connect is 5; it must be a function");
  expect(() => checkFunctions("interceptors", {})).toThrow(UsageError);
  expect(() => checkFunctions("interceptors", [() => {}, "log"])).toThrow(
    'option interceptors has "log" at index 1',
  );
});

test.each([
  [{ interceptors: () => {} }, "option interceptors is a function"],
  [{ log: console.log }, "option log is a function without a method debug"],
  [{ clock: { now: () => 0 } }, "option clock is an object without a method setTimer"],
  [{ callScope: null }, "option callScope is null without a method run"],
])("%o is refused", (options, text) => {
  expect(() => checkSharedOptions(options)).toThrow(UsageError);
  expect(() => checkSharedOptions(options)).toThrow(text);
});

test("what fits passes", () => {
  checkSharedOptions({});
  checkSharedOptions({ log: console, clock: { now() {}, setTimer() {} }, interceptors: [] });
});
