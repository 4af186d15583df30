// Runs handlers within a call scope, so that the calls which they make know whose children they are.
import type { Guard, Next } from "@trunkline/core";
import type { HandlerScope } from "./joined-scope.js";
import type { AnyHandler } from "./method-entry.js";
import type { ResponseIterator } from "./response-iterable.js";
import type { ServerCall } from "./server-call.js";

/** The handler, run within the scope of its call. */
export function scopeHandler(handler: AnyHandler, scope: HandlerScope): AnyHandler {
  return (input, call) => scope.run(call, () => scopeOutput(handler(input, call), scope, call));
}

/** Interceptors and all that follows them, run within the scope of their call. */
export function scopeChain(chain: Next, scope: HandlerScope): Next {
  return (call) => scope.run(call, () => chain(call));
}

/** Guards, run within the scope of their call. */
export function scopeGuard(guard: Guard, scope: HandlerScope): Guard {
  return (call) => scope.run(call, () => guard(call));
}

/** The code of a generator runs when its values are pulled, which is later and elsewhere. */
function scopeOutput(output: unknown, scope: HandlerScope, call: ServerCall): unknown {
  if (typeof output !== "object" || output === null) return output;
  if (output instanceof Promise) return output.then((value) => scopeOutput(value, scope, call));
  if (Symbol.asyncIterator in output) {
    const open = (output as AsyncIterable<unknown>)[Symbol.asyncIterator].bind(output);
    return { [Symbol.asyncIterator]: () => new ScopedIterator(open(), scope, call) };
  }
  if (Symbol.iterator in output) {
    const open = (output as Iterable<unknown>)[Symbol.iterator].bind(output);
    return { [Symbol.iterator]: () => new ScopedIterator(open(), scope, call) };
  }
  return output;
}

class ScopedIterator implements ResponseIterator {
  readonly #iterator: ResponseIterator;
  readonly #scope: HandlerScope;
  readonly #call: ServerCall;

  constructor(iterator: ResponseIterator, scope: HandlerScope, call: ServerCall) {
    this.#iterator = iterator;
    this.#scope = scope;
    this.#call = call;
  }

  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown> {
    return this.#scope.run(this.#call, () => this.#iterator.next());
  }

  return(): unknown {
    return this.#scope.run(this.#call, () => this.#iterator.return?.());
  }
}
