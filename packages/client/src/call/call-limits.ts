// Works out when a call must have ended, from everything its caller said.
import { type CallScope, Code, describeValue, RpcError, UsageError } from "@trunkline/core";
import { checkCredentials } from "../credentials/call-credentials.js";
import { toRetryPolicy } from "../retry/retry-options.js";
import type { CallOptions } from "./call-options.js";

/**
 * The earliest of the timeout, the deadline and the parent's deadline, in epoch milliseconds; Infinity when there is none.
 * @param nowMs what the timeout is added to; it is how long the call may take that errors speak of.
 * @throws {UsageError} when one of them is no time.
 */
export function toDeadlineMs(
  options: CallOptions | undefined,
  defaultTimeoutMs: number | undefined,
  nowMs: number,
): number {
  const timeoutMs = options?.timeoutMs ?? defaultTimeoutMs;
  let deadlineMs = Infinity;
  if (timeoutMs !== undefined && timeoutMs !== Infinity) {
    deadlineMs = nowMs + checkTime("timeoutMs", timeoutMs);
  }
  const deadline = options?.deadline ?? undefined;
  if (deadline !== undefined) {
    deadlineMs = Math.min(deadlineMs, checkTime("deadline", Number(deadline)));
  }
  if (options?.parent?.deadline !== undefined) {
    deadlineMs = Math.min(deadlineMs, options.parent.deadline);
  }
  return deadlineMs;
}

/** The options with the parent that the scope knows, when they name none. */
export function withParent(
  options: CallOptions | undefined,
  scope: CallScope,
): CallOptions | undefined {
  const parent = options?.parent === undefined ? scope.current() : undefined;
  return parent === undefined ? options : { ...options, parent };
}

/** @throws {UsageError} when the option is no time. */
export function checkTime(name: string, value: number): number {
  if (typeof value !== "number" || Number.isNaN(value)) {
    throw new UsageError(
      `option ${name} is ${describeValue(value)}; it must be a number of milliseconds`,
    );
  }
  return value;
}

/** Milliseconds for an error text: 0.25, 1.5, 20. */
export function formatMs(ms: number): string {
  return String(ms < 10 ? Number(ms.toPrecision(2)) : Math.round(ms));
}

/** @throws {UsageError} when the limit is not a whole number of bytes. */
export function checkByteLimit(name: string, value: number): number {
  if (value !== Infinity && !(Number.isInteger(value) && value >= 0)) {
    throw new UsageError(
      `option ${name} is ${describeValue(value)}; it must be a whole number of bytes, 0 or more`,
    );
  }
  return value;
}

/**
 * Checks what was said about one call, but for its times.
 * @throws {UsageError} when one cannot be used.
 */
export function checkCallOptions(options: CallOptions | undefined): void {
  const { maxReceiveMessageBytes, maxSendMessageBytes, authority, retry } = options ?? {};
  if (options?.callCredentials !== undefined) {
    checkCredentials(options.callCredentials);
  }
  if (maxReceiveMessageBytes !== undefined) {
    checkByteLimit("maxReceiveMessageBytes", maxReceiveMessageBytes);
  }
  if (maxSendMessageBytes !== undefined) {
    checkByteLimit("maxSendMessageBytes", maxSendMessageBytes);
  }
  if (authority !== undefined) {
    checkAuthority(authority);
  }
  if (retry !== undefined) {
    toRetryPolicy(retry);
  }
}

/** @throws {UsageError} when the authority cannot stand in a request. */
export function checkAuthority(authority: string): string {
  const isName = typeof authority === "string" && /^[\x21-\x7e]+$/.test(authority);
  if (!isName || /[/?#@\\]/.test(authority)) {
    throw new UsageError(
      `option authority is ${describeValue(authority)}; it must be a host, or host:port`,
    );
  }
  return authority;
}

/** The error of a call whose signal was aborted with `reason`. @param waitingFor what the call waited for then. */
export function toAbortError(reason: unknown, waitingFor?: string): RpcError {
  const error = RpcError.from(reason, Code.CANCELLED);
  if (error === reason) {
    return error;
  }
  const waiting = waitingFor === undefined ? "" : ` while waiting for ${waitingFor}`;
  const text =
    error.code === Code.DEADLINE_EXCEEDED
      ? `the time limit of the call's AbortSignal passed${waiting}`
      : "the call was cancelled by its AbortSignal";
  return new RpcError(error.code, `${text}: ${error.message}`, { cause: reason });
}
