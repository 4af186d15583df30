// The error of a call whose caller's own callback threw.
import { Code, RpcError } from "@trunkline/core";

/** What `onHeader` or `onTrailer` threw ends their call, and nothing else. */
export function toCallbackError(path: string, cause: unknown): RpcError {
  return new RpcError(
    Code.CANCELLED,
    `a callback of the call to ${path} threw: ${RpcError.from(cause).message}`,
    { cause },
  );
}
