// Messages as Web Streams and back, for both directions and both ends; back-pressure goes through.
import { giveUp, type MessageSink } from "./message-sink.js";

/**
 * A ReadableStream of messages: requests in a handler, responses of a client call. It asks for a message
 * when its reader does; cancelling it leaves the messages, as `break` does.
 */
export function toReadableStream<T>(messages: AsyncIterable<T>): ReadableStream<T> {
  let iterator: AsyncIterator<T>;
  return new ReadableStream<T>(
    {
      start() {
        iterator = messages[Symbol.asyncIterator]();
      },
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * Messages out of a ReadableStream, for a client's requests or a handler's responses. Leaving them early
 * cancels the stream. Works where streams are not iterable themselves.
 */
export async function* fromReadableStream<T>(
  stream: ReadableStream<T>,
): AsyncGenerator<T, void, undefined> {
  const reader = stream.getReader();
  let isDone = false;
  try {
    for (;;) {
      const result = await reader.read();
      if (result.done) break;
      yield result.value;
    }
    isDone = true;
  } catch (error) {
    isDone = true;
    throw error;
  } finally {
    if (!isDone) await reader.cancel();
    reader.releaseLock();
  }
}

/**
 * A WritableStream that sends what is written to it. Closing it ends the messages; aborting it cancels the
 * call of a client, and fails that of a handler with the reason.
 */
export function toWritableStream<T>(sink: MessageSink<T>): WritableStream<T> {
  return new WritableStream<T>({
    write: (message) => sink.send(message),
    close: () => sink.closeSend(),
    abort: (reason) => giveUp(sink as MessageSink<never>, reason),
  });
}
