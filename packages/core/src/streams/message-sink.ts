// Where messages are written to, on either end: a call driven by hand, or a MessagePipe.

/** Something that messages are sent into: an open client call, or the `MessagePipe` that a handler returns. */
export interface MessageSink<T> {
  /** Resolves when there is room for the next message. */
  send(message: T): Promise<void>;
  /** No message follows. */
  closeSend(): void;
  /** Ends the call of a client that will not finish its requests. */
  cancel?(): void;
  /** Ends the stream of a handler with an error. */
  fail?(reason: unknown): void;
}

/** Whoever was writing has given up: the other end shall not take what came for everything. */
export function giveUp(sink: MessageSink<never>, reason: unknown): void {
  if (sink.fail !== undefined) sink.fail(reason);
  else sink.cancel?.();
}
