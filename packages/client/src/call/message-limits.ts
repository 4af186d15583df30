// Which limits of messages hold for a call: those of its caller, of its channel, and of the service config.
import { limitSentBytes, type MessageCodec } from "@trunkline/core";
import type { MethodConfig } from "../service-config/service-config.js";
import type { CallHost } from "./call-host.js";
import type { CallOptions } from "./call-options.js";
import type { MethodPlan } from "./method-plan.js";

/** The encoder of a call's requests, which refuses those above the limit. @param config undefined: not known yet, or none. */
export function encoderOf(
  plan: MethodPlan,
  options: CallOptions | undefined,
  host: CallHost,
  config: MethodConfig | undefined,
): MessageCodec<unknown> {
  const maxBytes = options?.maxSendMessageBytes ?? host.maxSendMessageBytes;
  const ofConfig = config?.maxRequestMessageBytes ?? Infinity;
  const what = `request of ${plan.path}`;
  return ofConfig < maxBytes
    ? limitSentBytes(plan.request, ofConfig, what, "maxRequestMessageBytes of the service config")
    : limitSentBytes(plan.request, maxBytes, what);
}

/**
 * Whether the service config's limit of responses is the one that counts: the smaller one does, and the
 * default, which nobody has asked for, is none (grpc/grpc service_config.md).
 * @param maxBytes the limit in force so far.
 */
export function isConfigLimit(
  ofConfig: number | undefined,
  maxBytes: number,
  options: CallOptions | undefined,
  host: CallHost,
): ofConfig is number {
  const isNamed = options?.maxReceiveMessageBytes !== undefined || host.hasNamedReceiveLimit;
  return ofConfig !== undefined && (!isNamed || ofConfig < maxBytes);
}
