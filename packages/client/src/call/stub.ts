// Makes the function that calls one method, and its form driven by hand.
import type { DescMethod } from "@bufbuild/protobuf";
import { MessagePipe } from "@trunkline/core";
import type { Channel } from "../channel/channel-port.js";
import { type CallDefaults, withDefaults } from "./call-defaults.js";
import { checkCallOptions, toDeadlineMs, withParent } from "./call-limits.js";
import type { CallOptions, InternalOptions, OpenOptions } from "./call-options.js";
import type { ClientCall } from "./client-call.js";
import { InterceptedRun, InterceptedStream } from "./interception/intercepted-call.js";
import { OutgoingCall } from "./interception/outgoing-call.js";
import { DirectCall, InterceptedCall, type OpenCall } from "./manual-call.js";
import { type MethodPlan, planFor } from "./method-plan.js";
import { checkCredit, ReadCredit } from "./read-credit.js";
import { startCall } from "./start-call.js";

type Method = (input: unknown, options?: CallOptions) => unknown;

/** The function that calls `method` over `channel`; see the method types of `createClient`. */
export function createMethod(
  method: DescMethod,
  channel: Channel,
  defaults: CallDefaults | undefined,
): Method {
  return createPlannedMethod(planFor(method, channel.calls.format), channel, defaults);
}

/** The function that makes the calls of `plan`. */
export function createPlannedMethod(
  plan: MethodPlan,
  channel: Channel,
  defaults?: CallDefaults | undefined,
): Method {
  const bare =
    channel.next === undefined ? createDirect(plan, channel) : createIntercepted(plan, channel);
  const call: Method =
    defaults === undefined
      ? bare
      : (input, options) => bare(input, withDefaults(options, defaults));
  if (plan.method.methodKind === "unary") {
    return call;
  }
  const complete = (options: CallOptions | undefined): CallOptions | undefined =>
    defaults === undefined ? options : withDefaults(options, defaults);
  const open = plan.requestStreams
    ? (options?: CallOptions) => openPlanned(plan, channel, complete(options))
    : (input: unknown, options?: CallOptions) => openCall(plan, channel, input, complete(options));
  return Object.assign(call, { open });
}

function createDirect(plan: MethodPlan, channel: Channel): Method {
  const host = channel.calls;
  const intercepted = createIntercepted(plan, channel);
  return plan.responseStreams
    ? (input, options) =>
        options?.callCredentials === undefined
          ? startCall(host, plan, input, options).queue
          : intercepted(input, options)
    : (input, options) =>
        options?.callCredentials === undefined
          ? startCall(host, plan, input, options).promise
          : intercepted(input, options);
}

function createIntercepted(plan: MethodPlan, channel: Channel): Method {
  return plan.responseStreams
    ? (input, options) => new InterceptedStream(startRun(plan, channel, input, options))
    : (input, options) => startRun(plan, channel, input, options).message();
}

function startRun(
  plan: MethodPlan,
  channel: Channel,
  input: unknown,
  given: InternalOptions | undefined,
): InterceptedRun {
  const { callScope, deadlines, defaultTimeoutMs } = channel.calls;
  const options = callScope === undefined ? given : withParent(given, callScope);
  checkCallOptions(options);
  const givenMs = deadlines.now();
  const deadlineMs = toDeadlineMs(options, defaultTimeoutMs, givenMs);
  const time = { deadlineMs, givenMs, clock: deadlines };
  const call = new OutgoingCall(plan, input, options, time);
  // This path was chosen because there is a chain, or credentials that need one.
  const own = options?.callCredentials;
  const next = own === undefined ? channel.next! : channel.nextWith(own);
  return new InterceptedRun(next, call, options, deadlines);
}

/** Opens a call of a method that streams requests. */
export function openPlanned(
  plan: MethodPlan,
  channel: Channel,
  options: OpenOptions | undefined,
): OpenCall {
  const requests = new MessagePipe<unknown>();
  const call = openCall(plan, channel, requests, options);
  return Object.assign(call, {
    send: (message: unknown): Promise<void> => requests.send(message),
    closeSend: (): void => requests.closeSend(),
  });
}

function openCall(
  plan: MethodPlan,
  channel: Channel,
  input: unknown,
  options: OpenOptions | undefined,
): OpenCall {
  if (!plan.responseStreams) return openDriven(plan, channel, input, options);
  const readCredit = options?.manualCredit === true ? new ReadCredit() : undefined;
  const complete = readCredit === undefined ? options : { ...options, readCredit };
  return Object.assign(openDriven(plan, channel, input, complete), {
    credit(count: number): void {
      checkCredit(count);
      readCredit?.grant(count);
    },
  });
}

function openDriven(
  plan: MethodPlan,
  channel: Channel,
  input: unknown,
  options: InternalOptions | undefined,
): OpenCall {
  if (channel.next === undefined && options?.callCredentials === undefined) {
    const call = startCall(channel.calls, plan, input, options);
    return Object.assign(new DirectCall(call), responsesOf(plan, call));
  }
  const run = startRun(plan, channel, input, options);
  const responses = plan.responseStreams
    ? { messages: new InterceptedStream(run) }
    : { response: silence(run.message()) };
  return Object.assign(new InterceptedCall(run), responses);
}

function responsesOf(plan: MethodPlan, call: ClientCall): object {
  return plan.responseStreams ? { messages: call.queue } : { response: silence(call.promise) };
}

/** A response that nobody awaits is no unhandled rejection: `trailers` tells the status as well. */
function silence<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
