// Runs a handler inside the interceptors around it; without interceptors nothing here is used.
import type { DescMethod } from "@bufbuild/protobuf";
import {
  composeGuards,
  composeInterceptors,
  type Guard,
  guardOf,
  type Interceptor,
  interceptorsFor,
  type Next,
  type Reply,
  streamsResponses,
} from "@trunkline/core";
import type { MethodMessages } from "./message-codecs.js";
import type { AnyHandler } from "./method-entry.js";
import { findOrigin, toServerCall } from "./replaced-call.js";
import { toMessages } from "./response-iterable.js";

/** What a method's calls meet before its handler; what there is none of is undefined. */
export interface Interception {
  readonly guard: Guard | undefined;
  readonly chain: Next | undefined;
}

/**
 * Composes the interceptors of a method around its handler: the first one is the outermost, so it
 * sees the call first and the reply last. Guards at their beginning are left out of the chain, for they need none.
 */
export function interceptHandler(
  method: DescMethod,
  handler: AnyHandler,
  messages: MethodMessages,
  interceptors: readonly Interceptor[],
): Interception {
  const chosen = interceptorsFor(method, interceptors);
  const isWrapping = (it: Interceptor): boolean => guardOf(it) === undefined;
  const firstWrapping = chosen.findIndex(isWrapping);
  const guards = (firstWrapping < 0 ? chosen : chosen.slice(0, firstWrapping)).map(guardOf);
  const repaired = chosen.slice(guards.length).map(repairCalls);
  const last: Next = (call) => runHandler(method, handler, messages, call);
  return {
    guard: guards.length === 0 ? undefined : composeGuards(guards as Guard[]),
    chain: repaired.length === 0 ? undefined : composeInterceptors(repaired, last),
  };
}

/** An interceptor may pass on a derived call; the next one must still find a server's call. */
function repairCalls(interceptor: Interceptor): Interceptor {
  return (call, next) =>
    interceptor(toServerCall(call), (passedOn) => {
      const reply = next(passedOn);
      // Whether the interceptor waits for it is its own affair; nobody doing so must not end the process.
      reply.then(undefined, () => {});
      return reply;
    });
}

async function runHandler(
  method: DescMethod,
  handler: AnyHandler,
  messages: MethodMessages,
  call: Parameters<Next>[0],
): Promise<Reply> {
  const context = toServerCall(call);
  const closed = findOrigin(call).whenClosed();
  const output = await handler(context.messages ?? context.message, context);
  const reply = { headers: context.responseHeaders, trailers: context.responseTrailers, closed };
  return streamsResponses(method.methodKind)
    ? { ...reply, messages: toMessages(method, output, messages) }
    : { ...reply, message: messages.toResponse(output) };
}
