// Chains interceptors into one function, when they are registered rather than on each call.
import type { Call, Interceptor, Next, Reply } from "./call.js";

/**
 * Composes interceptors around `last`. The first one is outermost: it sees the call first and the
 * reply last. Without interceptors this is `last` itself, so that an empty chain costs nothing. What an
 * interceptor throws synchronously becomes a rejection.
 *
 * @example
 * const next = composeInterceptors([logging, authentication], handler);
 * const reply = await next(call);
 */
export function composeInterceptors(interceptors: readonly Interceptor[], last: Next): Next {
  return interceptors.reduceRight<Next>((next, interceptor) => link(interceptor, next), last);
}

function link(interceptor: Interceptor, next: Next): Next {
  return (call: Call): Promise<Reply> => {
    try {
      return interceptor(call, next);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}
