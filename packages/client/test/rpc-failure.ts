// Waits for a call that must fail, and hands over how it did.
import { expect } from "vitest";
import { RpcError } from "../src/index.js";

/** The RpcError that a promise rejects with; anything else fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<RpcError> {
  const error = await promise.then(
    () => new Error("the call succeeded"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RpcError);
  return error as RpcError;
}
