// Errors without a stack, for what strangers can cause by the thousand.
import { type Code, RpcError, type RpcErrorOptions } from "@trunkline/core";

/** An error without a stack: finding out where we are costs more than all the rest of refusing a call, and says nothing. */
export function createStackless(code: Code, message: string, options?: RpcErrorOptions): RpcError {
  const { stackTraceLimit } = Error;
  // Not an assignment: that would throw where intrinsics are frozen.
  Reflect.set(Error, "stackTraceLimit", 0);
  const error = new RpcError(code, message, options);
  Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  return error;
}
