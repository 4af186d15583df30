// Tests of telling a lost database from a failed statement.
import { RpcError } from "@trunkline/core";
import { expect, it } from "vitest";
import { toUnavailable } from "./unreachable.js";

function failure(message: string, code?: string): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

it.each([
  failure("connect ECONNREFUSED 127.0.0.1:5432", "ECONNREFUSED"),
  failure("terminating connection due to administrator command", "57P01"),
  failure("the database system is starting up", "57P03"),
  failure("connection failure", "08006"),
  failure("Connection terminated unexpectedly"),
  new AggregateError([failure("a", "ECONNREFUSED"), failure("b", "ECONNREFUSED")]),
])("%s is told as UNAVAILABLE", (error) => {
  const told = toUnavailable(error);
  expect(told).toBeInstanceOf(RpcError);
  expect(told).toMatchObject({ code: 14, message: "the database cannot be reached", cause: error });
});

it.each([
  failure("duplicate key", "23505"),
  failure("syntax error", "42601"),
  failure("bug"),
  "text",
])("%s stays what it is", (error) => {
  expect(toUnavailable(error)).toBe(error);
});
