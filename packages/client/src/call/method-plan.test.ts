// What callers may give as a request, and what is none.
import { create } from "@bufbuild/protobuf";
import { DurationSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { createGenericMethod, UsageError } from "@trunkline/core";
import { expect, test } from "vitest";
import { planFor } from "./method-plan.js";

const method = { ...createGenericMethod("/a.B/C", "unary"), input: TimestampSchema };
const { toRequest } = planFor({ ...method, output: TimestampSchema });

test("a message stays as it is, an object becomes one, nothing is an empty one", () => {
  const message = create(TimestampSchema, { nanos: 5 });
  expect(toRequest(message)).toBe(message);
  expect(toRequest({ nanos: 5 })).toEqual(message);
  expect(toRequest(undefined)).toEqual(create(TimestampSchema));
});

test.each([
  [null, "null was given"],
  [5, "5 was given"],
  ["x", '"x" was given'],
  [[], "an array was given"],
  [true, "true was given"],
  [create(DurationSchema), "a message of type google.protobuf.Duration was given"],
])("%o is refused", (value, text) => {
  expect(() => toRequest(value)).toThrow(UsageError);
  expect(() => toRequest(value)).toThrow(`${text} where a google.protobuf.Timestamp is expected`);
});
