// What a caller is told whose call is refused by a limit, and what those are told who count refusals.
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { Any, Duration } from "@bufbuild/protobuf/wkt";
import { codecFor } from "@trunkline/codec";
import {
  type Code,
  type QuotaFailure,
  type QuotaFailure_Violation,
  QuotaFailureSchema,
  RetryInfoSchema,
  type RpcError,
} from "@trunkline/core";
import type { ServerCall } from "../dispatch/server-call.js";
import { createStackless } from "../dispatch/stackless.js";

/** A call that a limit has refused. */
export interface Refusal {
  /** The name of the limit, or of its rule. */
  readonly limit: string;
  /** Whom the call was counted for; undefined: everybody, or nobody knows. */
  readonly key: string | undefined;
  /** The call. Its metadata may hold credentials: think before you log them. */
  readonly call: ServerCall;
  /** When to try again, in milliseconds from now; Infinity: it never works, undefined: nobody knows. */
  readonly waitMs: number | undefined;
  /** The limit only counts: the call goes on. */
  readonly isShadow: boolean;
}

/** The error of a call that a limit refuses. */
export interface RefusalText {
  /** What the call ends with. */
  readonly code: Code;
  /** What it is told: which limit, its value, and what was seen. */
  readonly message: string;
  /** As in `Refusal`. */
  readonly waitMs?: number | undefined;
  /** For QuotaFailure: which limit, for whom, and its value. Without it there is no such detail. */
  readonly quota?: { readonly id: string; readonly subject: string; readonly value: number };
  /** Whether clients with a retry policy are told when to retry (`grpc-retry-pushback-ms`, gRFC A6). */
  readonly hasPushback?: boolean;
}

/**
 * The error that refuses a call: RetryInfo where it is known when the call may work, QuotaFailure where it is a quota of
 * somebody's (google.rpc). Made without a stack, for whoever floods a server makes many of them.
 */
export function createRefusal(text: RefusalText): RpcError {
  const { waitMs, quota, message } = text;
  const details: Any[] = [];
  if (waitMs !== undefined && Number.isFinite(waitMs)) {
    const retryDelay = toDuration(waitMs);
    details.push(pack(RetryInfoSchema, { $typeName: "google.rpc.RetryInfo", retryDelay }));
  }
  if (quota !== undefined) {
    const { id, subject, value } = quota;
    const violation: QuotaFailure_Violation = {
      $typeName: "google.rpc.QuotaFailure.Violation",
      subject,
      description: message,
      apiService: "",
      quotaMetric: "",
      quotaId: id,
      quotaDimensions: {},
      quotaValue: toCount(value),
    };
    const failure: QuotaFailure = {
      $typeName: "google.rpc.QuotaFailure",
      violations: [violation],
    };
    details.push(pack(QuotaFailureSchema, failure));
  }
  const metadata = text.hasPushback ? { "grpc-retry-pushback-ms": toPushback(waitMs) } : {};
  return createStackless(text.code, message, { details, metadata });
}

/** As `packDetail` does, by the compiled codec: the usual way takes longer than the call that is refused would have. */
function pack<D extends DescMessage>(schema: D, message: MessageShape<D>): Any {
  return {
    $typeName: "google.protobuf.Any",
    typeUrl: `type.googleapis.com/${schema.typeName}`,
    value: codecFor(schema).encode(message),
  };
}

function toDuration(ms: number): Duration {
  const whole = Math.ceil(ms);
  return {
    $typeName: "google.protobuf.Duration",
    seconds: BigInt(Math.floor(whole / 1000)),
    nanos: (whole % 1000) * 1_000_000,
  };
}

function toCount(value: number): bigint {
  return BigInt(Math.floor(Math.min(value, Number.MAX_SAFE_INTEGER)));
}

/** -1 tells a client not to retry at all (gRFC A6). */
function toPushback(waitMs: number | undefined): string {
  const isKnown = waitMs !== undefined && waitMs < 2 ** 31;
  return isKnown ? String(Math.ceil(waitMs)) : "-1";
}
