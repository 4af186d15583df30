// Errors of calls get the stack of those who await the call; errors of anybody else's making keep theirs.
import { type RpcError, rejectTraced } from "@trunkline/core";

const traced = new WeakSet<RpcError>();

/** Rejects with an error that a call has ended with by itself, not by what an application threw. */
export function rejectCall(error: RpcError, rejecting?: () => void): Promise<never> {
  traced.add(error);
  return rejectTraced(error, rejecting);
}

/** Rejects with what came back through interceptors: with a new stack if it is an error of a call. */
export function rejectAgain(error: RpcError, rejecting: () => void): Promise<never> {
  if (traced.has(error)) {
    return rejectTraced(error, rejecting);
  }
  rejecting();
  return Promise.reject(error);
}
