// What a streaming handler returned, as something to pull responses from.
import type { DescMethod } from "@bufbuild/protobuf";
import type { MethodMessages } from "./message-codecs.js";

/** What a streaming handler may return. */
export type ResponseIterable = AsyncIterable<unknown> | Iterable<unknown>;

/** Where responses are pulled from. A synchronous iterator gives results rather than promises of them. */
export interface ResponseIterator {
  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown>;
  return?(value?: unknown): unknown;
}

/**
 * The iterator of what a streaming handler has returned.
 * @throws Error when that is not iterable.
 */
export function openResponses(method: DescMethod, output: unknown): ResponseIterator {
  if (typeof output === "object" && output !== null) {
    if (Symbol.asyncIterator in output) {
      return (output as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    }
    if (Symbol.iterator in output) return (output as Iterable<unknown>)[Symbol.iterator]();
  }
  throw new Error(
    `the handler of ${method.name} returned a value of type ${typeof output} where an AsyncIterable is expected`,
  );
}

/** The responses of a handler as interceptors see them: messages, whatever the handler made them of. */
export function toMessages(
  method: DescMethod,
  output: unknown,
  messages: MethodMessages,
): AsyncIterable<unknown> {
  const iterator = openResponses(method, output);
  return { [Symbol.asyncIterator]: () => new MessageIterator(messages, iterator) };
}

/** Hands `return()` straight to the handler's iterator, so that a pending `next()` cannot hold it up. */
class MessageIterator implements AsyncIterator<unknown> {
  readonly #messages: MethodMessages;
  readonly #iterator: ResponseIterator;

  constructor(messages: MethodMessages, iterator: ResponseIterator) {
    this.#messages = messages;
    this.#iterator = iterator;
  }

  async next(): Promise<IteratorResult<unknown>> {
    const result = await this.#iterator.next();
    if (result.done) return result;
    return { done: false, value: this.#messages.toResponse(await result.value) };
  }

  async return(): Promise<IteratorResult<unknown>> {
    await this.#iterator.return?.();
    return { done: true, value: undefined };
  }
}
