// Starts calls: straight from a stub, or at the end of a chain of interceptors.
import {
  type Call,
  Metadata,
  type Next,
  type Reply,
  RpcError,
  UsageError,
  withTraceOf,
} from "@trunkline/core";
import type { CallHost } from "./call-host.js";
import { checkCallOptions, toDeadlineMs, withParent } from "./call-limits.js";
import type { CallOptions, InternalOptions } from "./call-options.js";
import { ClientCall } from "./client-call.js";
import { createReply } from "./interception/call-reply.js";
import { callerOrder } from "./interception/outgoing-call.js";
import { type MethodPlan, planFor } from "./method-plan.js";
import { RequestPump, type RequestSource } from "./request-pump.js";

/**
 * Starts a call without interceptors.
 * @param input the request, or what one is made of; for request streams the iterable of them.
 * @throws {UsageError} when an option or the request cannot be used.
 */
export function startCall(
  host: CallHost,
  plan: MethodPlan,
  input: unknown,
  given: InternalOptions | undefined,
): ClientCall {
  const call = new ClientCall(host, plan, undefined);
  const options = host.callScope === undefined ? given : withParent(given, host.callScope);
  if (options !== undefined || host.defaultTimeoutMs !== undefined) {
    checkCallOptions(options);
    const nowMs = host.deadlines.now();
    const deadlineMs = toDeadlineMs(options, host.defaultTimeoutMs, nowMs);
    call.configure(options, toMetadata(options), deadlineMs, nowMs);
  }
  launch(call, input);
  return call;
}

function launch(call: ClientCall, input: unknown): void {
  const { plan } = call;
  if (plan.requestStreams) {
    call.start(undefined, new RequestPump(call, checkSource(plan, input)));
  } else {
    call.start(plan.toRequest(input), undefined);
  }
}

function checkSource(plan: MethodPlan, input: unknown): RequestSource {
  const isIterable =
    typeof input === "object" &&
    input !== null &&
    (Symbol.asyncIterator in input || Symbol.iterator in input);
  if (!isIterable) {
    throw new UsageError(
      `${plan.path} takes an iterable or async iterable of requests, not ${typeof input}`,
    );
  }
  return input as RequestSource;
}

function toMetadata(options: CallOptions | undefined): Metadata | undefined {
  const given = options?.metadata;
  const own = given === undefined || given instanceof Metadata ? given : new Metadata(given);
  return options?.parent ? withTraceOf(options.parent, own) : own;
}

/** The end of the chain of interceptors: from here the call goes to the network. */
export function createLastNext(host: CallHost): Next {
  return (call) => {
    try {
      return sendCall(host, call);
    } catch (error) {
      return Promise.reject(RpcError.from(error));
    }
  };
}

function sendCall(host: CallHost, call: Call): Promise<Reply> {
  const clientCall = new ClientCall(host, planFor(call.method, host.format), createReply);
  const metadata = call.metadata.size === 0 ? undefined : call.metadata;
  const order = call.context.get(callerOrder);
  const given = order?.options;
  const options: InternalOptions = {
    signal: call.signal,
    maxReceiveMessageBytes: given?.maxReceiveMessageBytes,
    waitForReady: given?.waitForReady,
    maxSendMessageBytes: given?.maxSendMessageBytes,
    authority: given?.authority,
    compression: given?.compression,
    retry: given?.retry,
    readCredit: given?.readCredit,
    context: call.context,
  };
  const givenMs = order?.givenMs ?? host.deadlines.now();
  clientCall.configure(options, metadata, call.deadline ?? Infinity, givenMs);
  launch(clientCall, clientCall.plan.requestStreams ? call.messages : call.message);
  return clientCall.promise as Promise<Reply>;
}
