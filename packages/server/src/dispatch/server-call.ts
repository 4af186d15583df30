// What a handler is told about its call, and what it can do to it: the public face of a call's context.
import type { Call, Metadata } from "@trunkline/core";
import type { ClientPeer } from "../http/peer.js";

/**
 * A call as its handler and the interceptors see it. Everything is made on first use: a handler that
 * never looks at `metadata` or `signal` does not pay for them.
 */
export interface ServerCall<I = unknown> extends Call<I> {
  /** Who called: the address, and under TLS the certificate. */
  readonly peer: ClientPeer;
  /**
   * Whom the client wanted to reach: `:authority`, or `host` where there is none; `""` when it said neither. A name
   * that the client chose: it proves nothing.
   */
  readonly authority: string;
  /** The format that the messages of the call come in, and the answer is sent in: `proto`, `json` ... */
  readonly format: string;
  /**
   * How often the client has tried this call before (`grpc-previous-rpc-attempts`, gRFC A6): 0 for the first attempt.
   * Attempts beside each other (hedges) count as well, those that the server refused do not. What the client
   * says: it proves nothing.
   */
  readonly previousAttempts: number;
  /**
   * Aborted when the call ends before its handler has: the client cancelled or went away
   * (`CANCELLED`), the deadline passed (`DEADLINE_EXCEEDED`). `signal.reason` is the `RpcError`.
   */
  readonly signal: AbortSignal;
  /** Metadata sent before the first response; changes after that have no effect. */
  readonly responseHeaders: Metadata;
  /** Metadata sent with the status, whether the call succeeds or fails. */
  readonly responseTrailers: Metadata;
  /**
   * Sends `responseHeaders` now instead of with the first response. Does nothing when they are sent
   * already or the call has ended.
   */
  sendHeaders(): void;
  /**
   * Has `follower` told when the call has ended and nothing of its handler runs any more, which is later for a handler that goes
   * on after its client has gone; at once when that is so already. For guards that count what is under way.
   */
  follow(follower: CallFollower): void;
  /** The encoding of the requests as the client named it (`gzip`); `identity` when it named none. */
  readonly requestCompression: string;
  /** The encodings that both ends have, `identity` among them. */
  readonly acceptedCompressions: readonly string[];
  /**
   * The encoding that responses are compressed with, `identity` for none. A handler may set it until the
   * headers are sent; where the client does not accept what it asks for, this stays `identity`. Single
   * messages are exempted with `uncompressed`. Default: the server's option `compression`.
   * @throws {UsageError} when set to a name that the server does not know, or after the headers were sent.
   */
  responseCompression: string;
}

/** Wants to know when a call is over. */
export interface CallFollower {
  /** Called once for each `follow`. Must not throw. */
  callFinished(): void;
}
