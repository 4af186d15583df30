// Messages as streams of Node.js and back, in object mode; back-pressure goes through.
import { Duplex, Readable, Writable } from "node:stream";
import { giveUp, type MessageSink } from "../streams/message-sink.js";

/**
 * A Readable of messages in object mode: requests in a handler, responses of a client call. It reads ahead
 * one message at most; destroying it leaves the messages, as `break` does. A Readable needs no way back:
 * it is an async iterable, to be sent from or returned as it is.
 */
export function toNodeReadable<T>(messages: AsyncIterable<T>): Readable {
  return Readable.from(messages, { objectMode: true, highWaterMark: 1 });
}

/**
 * A Writable in object mode that sends what is written to it. Its end ends the messages; destroying it
 * before cancels the call of a client, and fails that of a handler.
 */
export function toNodeWritable<T>(sink: MessageSink<T>): Writable {
  return new Writable({
    objectMode: true,
    highWaterMark: 1,
    write(message: T, _encoding, done) {
      sendTo(sink, message).then(() => done(), done);
    },
    final(done) {
      sink.closeSend();
      done();
    },
    destroy(error, done) {
      if (!this.writableFinished)
        giveUp(sink as MessageSink<never>, error ?? new Error("destroyed"));
      done(error);
    },
  });
}

/** What `send` throws at once is an error of the stream like any other. */
async function sendTo<T>(sink: MessageSink<T>, message: T): Promise<void> {
  await sink.send(message);
}

/** A bidirectional client call as a Duplex in object mode: requests are written, responses read. Destroying it cancels the call. */
export function toNodeDuplex<I, O>(
  call: MessageSink<I> & { readonly messages: AsyncIterable<O> },
): Duplex {
  return Duplex.from({ readable: toNodeReadable(call.messages), writable: toNodeWritable(call) });
}
