// The error of a call that was tried more than once, or could not be: the last failure, and why it was the last.
import { RpcError } from "@trunkline/core";
import { formatMs } from "../call/call-limits.js";

/** What is said beside the failure itself. */
export interface Exhaustion {
  readonly attempts: number;
  /** Since the call began, milliseconds. */
  readonly elapsedMs: number;
  /** Where the last attempt ran; undefined when none got that far. */
  readonly peer: string | undefined;
  /** Completes "no further attempt: ...". */
  readonly why: string;
}

/** The last error with what is known of the attempts; code, details and trailers stay. */
export function toExhaustedError(
  error: RpcError,
  { attempts, elapsedMs, peer, why }: Exhaustion,
): RpcError {
  const count = attempts === 1 ? "1 attempt" : `${attempts} attempts`;
  const where = peer === undefined ? "" : `, the last on ${peer}`;
  const text = `${error.message} (${count} in ${formatMs(elapsedMs)} ms${where}; no further attempt: ${why})`;
  const { code, details, cause } = error;
  const metadata = error.hasMetadata ? error.metadata : undefined;
  return new RpcError(
    code,
    text,
    cause === undefined ? { details, metadata } : { details, metadata, cause },
  );
}
