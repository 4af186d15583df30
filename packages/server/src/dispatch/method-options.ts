// Limits of calls, as they are said for a server, a service or a method: the nearest one to the method counts.
import type { DescService } from "@bufbuild/protobuf";
import { UsageError } from "@trunkline/core";

/** Limits of calls. Said for a method they go before those of its service, and those before the server's. */
export interface MethodOptions {
  /**
   * The largest request message in bytes, 0 to 2^32 - 1, or Infinity: no limit. A larger one ends its call
   * with RESOURCE_EXHAUSTED before it is read. Default 4 MiB.
   */
  readonly maxReceiveMessageBytes?: number | undefined;
  /**
   * The largest response message in bytes before compression, 0 to 2^32 - 1, or Infinity: no limit. A
   * larger one is not sent: its call ends with RESOURCE_EXHAUSTED. Default Infinity.
   */
  readonly maxSendMessageBytes?: number | undefined;
  /** Timeout of calls whose client names none, milliseconds, more than 0. Default Infinity: none. */
  readonly defaultTimeoutMs?: number | undefined;
  /** The longest timeout, milliseconds, more than 0; whatever the client asks for is cut to it. Default Infinity: none. */
  readonly maxTimeoutMs?: number | undefined;
}

/** Limits for one service; `methods` holds those that differ, by the methods' names in TypeScript. */
export interface ServiceOptions<S extends DescService = DescService> extends MethodOptions {
  /** Limits of single methods. Default: those of the service. */
  readonly methods?: { readonly [Name in keyof S["method"]]?: MethodOptions } | undefined;
}

/** Limits with every default filled in. */
export interface MethodLimits {
  readonly maxReceiveMessageBytes: number;
  readonly maxSendMessageBytes: number;
  readonly defaultTimeoutMs: number;
  readonly maxTimeoutMs: number;
}

const defaults: MethodLimits = {
  maxReceiveMessageBytes: 4_194_304,
  maxSendMessageBytes: Number.POSITIVE_INFINITY,
  defaultTimeoutMs: Number.POSITIVE_INFINITY,
  maxTimeoutMs: Number.POSITIVE_INFINITY,
};

const maxUint32 = 2 ** 32 - 1;

/**
 * What counts, once the nearer options have gone before the farther ones.
 * @param where what `nearer` was said for, to begin errors with: `server option`.
 * @throws {UsageError} when a number is out of its range.
 */
export function toMethodLimits(
  where: string,
  nearer: MethodOptions,
  farther: MethodLimits = defaults,
): MethodLimits {
  const limits: MethodLimits = {
    maxReceiveMessageBytes: nearer.maxReceiveMessageBytes ?? farther.maxReceiveMessageBytes,
    maxSendMessageBytes: nearer.maxSendMessageBytes ?? farther.maxSendMessageBytes,
    defaultTimeoutMs: nearer.defaultTimeoutMs ?? farther.defaultTimeoutMs,
    maxTimeoutMs: nearer.maxTimeoutMs ?? farther.maxTimeoutMs,
  };
  checkBytes(where, "maxReceiveMessageBytes", limits.maxReceiveMessageBytes);
  checkBytes(where, "maxSendMessageBytes", limits.maxSendMessageBytes);
  checkTimeout(where, "defaultTimeoutMs", limits.defaultTimeoutMs);
  checkTimeout(where, "maxTimeoutMs", limits.maxTimeoutMs);
  return limits;
}

function checkBytes(where: string, name: string, value: number): void {
  const isCount = Number.isInteger(value) && value >= 0 && value <= maxUint32;
  if (isCount || value === Number.POSITIVE_INFINITY) return;
  throw new UsageError(
    `${where} ${name} must be a whole number from 0 to ${maxUint32} or Infinity, not ${String(value)}`,
  );
}

function checkTimeout(where: string, name: string, value: number): void {
  if (typeof value === "number" && value > 0) return;
  throw new UsageError(
    `${where} ${name} must be a number of milliseconds above 0, not ${String(value)}`,
  );
}

/** How long a call may take, and whose word that was. */
export interface Timeout {
  readonly ms: number;
  /** Ends the sentence "the call had 5 ms": empty when the client said so itself. */
  readonly source: string;
}

/**
 * How long a call may take. @param asked what its client says; undefined: nothing.
 * @returns undefined: for ever.
 */
export function toTimeout(asked: number | undefined, limits: MethodLimits): Timeout | undefined {
  const { defaultTimeoutMs, maxTimeoutMs } = limits;
  const ms = asked ?? defaultTimeoutMs;
  if (ms > maxTimeoutMs) return { ms: maxTimeoutMs, source: " (the server's maxTimeoutMs)" };
  if (ms === Number.POSITIVE_INFINITY) return undefined;
  return { ms, source: asked === undefined ? " (the server's defaultTimeoutMs)" : "" };
}
