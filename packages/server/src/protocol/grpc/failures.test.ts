// Errors that calls end with: what they say, and that making them leaves no trace.
import { Code } from "@trunkline/core";
import { expect, test } from "vitest";
import { resetError } from "./failures.js";

const reason = { code: 8, unprocessed: false, message: "the socket has gone" } as const;

test.each([
  ["peer", "the client has cancelled the call"],
  ["local", "the call was cut off: the socket has gone"],
  ["connection", "the call was cut off: the socket has gone"],
] as const)("a stream that ended by its %s is CANCELLED", (source, message) => {
  const error = resetError({ ...reason, source });
  expect(error).toMatchObject({ code: Code.CANCELLED, message, cause: { source } });
});

test("an error that a client causes has no stack, all others still do", () => {
  const limit = Error.stackTraceLimit;
  expect(resetError({ ...reason, source: "peer" }).stack).not.toContain("\n    at ");
  expect(Error.stackTraceLimit).toBe(limit);
  expect(new Error("other").stack).toContain("\n    at ");
});
