// What a call is told of response messages that break a limit, a rule of the envelope or their own type.
import { Code, RpcError } from "@trunkline/core";
import type { MethodPlan } from "../../call/method-plan.js";
import type { AttemptReceiver } from "../transport.js";

/** A limit or a rule of the envelope was broken: says which, and whose limit that is. */
export function describeFramingFault(
  { plan, hasConfigLimit }: AttemptReceiver,
  code: Code,
  message: string,
): string {
  const source = hasConfigLimit
    ? "maxResponseMessageBytes of the service config"
    : "option maxReceiveMessageBytes";
  const hint = code === Code.RESOURCE_EXHAUSTED ? ` (${source})` : "";
  return `response of ${plan.path}: ${message}${hint}`;
}

/** What came is no message of the response's type. */
export function toDecodeError(
  plan: MethodPlan,
  byteCount: number,
  cause: unknown,
  peer: string,
): RpcError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const text = `${peer}: a response message of ${byteCount} bytes cannot be decoded as ${plan.method.output.typeName}: ${why}`;
  return new RpcError(Code.INTERNAL, text, { cause });
}
