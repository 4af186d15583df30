// What the caller gets to see of an exception that a handler threw: nothing internal.
import { Code } from "./code.js";
import { RpcError } from "./rpc-error.js";

/** The message that a caller sees in the place of an unknown exception. */
export const neutralMessage = "internal error";

/**
 * The error to answer a call with whose handler or interceptor threw `reason`. An RpcError passes
 * through: its author chose what to show. Anything else becomes UNKNOWN with a neutral message, so that
 * no path, query or secret leaks; `reason` is its `cause`, for the log port.
 */
export function neutralStatus(reason: unknown): RpcError {
  return reason instanceof RpcError
    ? reason
    : new RpcError(Code.UNKNOWN, neutralMessage, { cause: reason });
}
