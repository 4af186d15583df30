// Chooses how the attempts of a call are made, by its policy.
import type { CallAttempts } from "./call-attempts.js";
import { HedgingCall } from "./hedging-call.js";
import { RequestBuffer } from "./request-buffer.js";
import type { RetriedCall } from "./retried-call.js";
import type { CallPolicy } from "./retry-rules.js";
import { RetryingCall } from "./retrying-call.js";

/**
 * The attempts of a call.
 * @param request the one request of a method that does not stream them.
 * @returns undefined when the request is too large to be kept: then there is nothing to repeat.
 * @throws what the codec throws when the request cannot be encoded.
 */
export function createAttempts(
  call: RetriedCall,
  policy: CallPolicy,
  request: unknown,
): CallAttempts | undefined {
  const buffer = new RequestBuffer(call.host.retries.space);
  if (!call.plan.requestStreams && !buffer.addSingle(call.encoder, request)) {
    return undefined;
  }
  return "delayMs" in policy
    ? new HedgingCall(call, policy, buffer, request)
    : new RetryingCall(call, policy, buffer, request);
}
