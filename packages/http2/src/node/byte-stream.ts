// What a connection needs of the stream of bytes that it is bound to: less than a Duplex, which fits it.

/** Events of a `ByteStream`. */
export type ByteStreamEvent = "close" | "data" | "drain" | "end" | "error";

/**
 * Bytes in both directions: a `net.Socket`, a `tls.TLSSocket` or any other Duplex, one end of
 * `createMemoryPair()` or `createMemoryLink()`. Members mean what they mean in `node:stream`.
 */
export interface ByteStream {
  /** `destroy` was called, or both directions have ended. */
  readonly destroyed: boolean;
  /** `close` has been told. */
  readonly closed: boolean;
  /** The other end has ended its direction, and everything before that has been read. */
  readonly readableEnded: boolean;
  /** `end` was called. */
  readonly writableEnded: boolean;
  /** Everything that was written, up to the end, has gone out. */
  readonly writableFinished: boolean;
  /** `write` has returned false, and `drain` is to come. */
  readonly writableNeedDrain: boolean;
  /** Writes bytes, which must not change until `done` is called. @returns false: wait for `drain`. */
  write(bytes: Uint8Array, done?: (error?: Error | null) => void): boolean;
  /** Ends this direction behind what was written. */
  end(done?: () => void): unknown;
  /** Ends both directions at once. */
  destroy(error?: Error): unknown;
  /** Holds writes together until `uncork`. */
  cork(): void;
  /** Lets writes go. */
  uncork(): void;
  /** No `data` until `resume`. */
  pause(): unknown;
  /** `data` may come. */
  resume(): unknown;
  /** Has `listener` called at each event; with bytes at `data`, with the error at `error`. */
  // biome-ignore lint/suspicious/noExplicitAny: each event has arguments of its own, as in node:events.
  on(event: ByteStreamEvent, listener: (value: any) => void): unknown;
  /** As `on`, the first time only. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  once(event: ByteStreamEvent, listener: (value: any) => void): unknown;
}
