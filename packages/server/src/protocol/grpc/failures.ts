// The errors that a call can end with without its handler's doing.
import type { DescMethod } from "@bufbuild/protobuf";
import { Code, type Log, neutralMessage, neutralStatus, RpcError } from "@trunkline/core";
import type { StreamResetReason } from "@trunkline/http2";
import type { MethodEntry } from "../../dispatch/method-entry.js";
import type { Timeout } from "../../dispatch/method-options.js";
import { createStackless } from "../../dispatch/stackless.js";

/** What a handler gets that goes on reading after its answer is complete. */
export function callOver(): RpcError {
  return new RpcError(Code.CANCELLED, "the call has been answered already");
}

/** The call's time is up. */
export function deadlineError({ ms, source }: Timeout): RpcError {
  const message = `deadline exceeded: the call had ${ms} ms${source}`;
  return new RpcError(Code.DEADLINE_EXCEEDED, message);
}

/** The stream is gone: the client wants no answer, or cannot get one any more. */
export function resetError(reason: StreamResetReason): RpcError {
  const message =
    reason.source === "peer"
      ? "the client has cancelled the call"
      : `the call was cut off: ${reason.message}`;
  return createStackless(Code.CANCELLED, message, { cause: reason });
}

/** The request breaks a limit or a rule of the envelope; the client is told which limit, its value and what it sent. */
export function toFramingError(entry: MethodEntry, code: Code, message: string): RpcError {
  const hint = code === Code.RESOURCE_EXHAUSTED ? " (the server's maxReceiveMessageBytes)" : "";
  return new RpcError(code, `request of ${entry.path}: ${message}${hint}`);
}

/** The response's headers are more than the client takes (SETTINGS_MAX_HEADER_LIST_SIZE). */
export function toHeadersError(entry: MethodEntry, cause: unknown): RpcError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `response headers of ${entry.path} cannot be sent: ${why}`;
  return new RpcError(Code.RESOURCE_EXHAUSTED, message, { cause });
}

/** Too few or too many requests for a method that takes one (gRPC's statuscodes document: UNIMPLEMENTED). */
export function singleRequestError(method: DescMethod, found: string): RpcError {
  return new RpcError(Code.UNIMPLEMENTED, `${method.name} takes one request, but ${found}`);
}

/** What came is no message of the request's type. */
export function toDecodeError(method: DescMethod, cause: unknown): RpcError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `the request is not a valid ${method.input.typeName}: ${reason}`;
  return new RpcError(Code.INTERNAL, message, { cause });
}

/**
 * What the client is told of something that a handler threw; never throws, whatever that was. What
 * is no RpcError goes to the log.
 */
export function toCallError(reason: unknown, path: string, log: Log): RpcError {
  try {
    const error = neutralStatus(reason);
    if (error !== reason) {
      log.error("a handler has failed unexpectedly", { method: path, error: reason });
    }
    return error;
  } catch {
    return new RpcError(Code.UNKNOWN, neutralMessage);
  }
}
