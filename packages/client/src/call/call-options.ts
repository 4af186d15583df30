// What a caller may say about one call.
import type {
  CallCompression,
  ContextValues,
  Metadata,
  MetadataInit,
  ParentCall,
} from "@trunkline/core";
import type { CallCredentials } from "../credentials/call-credentials.js";
import type { RetryOptions } from "../retry/retry-options.js";
import type { ReadCredit } from "./read-credit.js";

/** Options of a call that is opened to be driven by hand. */
export interface OpenOptions extends CallOptions {
  /**
   * Whether the server may send more only when the caller says so: the bytes of a message that was taken
   * go back to flow control when `credit` counts it, rather than at once. The server can be ahead by the
   * receive window. Default false.
   */
  readonly manualCredit?: boolean | undefined;
}

/** What the stub tells the end of the chain about one call. */
export interface InternalOptions extends CallOptions {
  /** Present when the caller counts. */
  readonly readCredit?: ReadCredit | undefined;
}

/** Options of one call; all of them may be left out. */
export interface CallOptions {
  /** Time the call may take, milliseconds, fractions allowed. 0 or less fails at once. Default: the channel's. */
  readonly timeoutMs?: number | undefined;
  /** When the call must have ended: a Date or epoch milliseconds. The earlier of `deadline` and `timeoutMs` counts. */
  readonly deadline?: Date | number | undefined;
  /** Whether the call waits while no server can be reached, until its deadline, rather than fail with UNAVAILABLE. Default false. */
  readonly waitForReady?: boolean | undefined;
  /** Aborting it cancels the call: CANCELLED, or DEADLINE_EXCEEDED when its reason is a TimeoutError. */
  readonly signal?: AbortSignal | undefined;
  /** Metadata to send. */
  readonly metadata?: Metadata | MetadataInit | undefined;
  /**
   * Metadata that says who makes this call: `bearerToken`, `refreshingToken`, or an object with `metadataFor`. Goes beside the
   * channel's `callCredentials`, and before them where both have the same name. Asked once, after all interceptors;
   * attempts, retries and hedges share the answer. A channel without TLS refuses it with a UsageError, unless it has
   * `allowCredentialsOverPlaintext`. Default: the method's, else the client's, else none but the channel's.
   */
  readonly callCredentials?: CallCredentials | undefined;
  /**
   * `:authority` of this call: a host, or host:port. Under TLS the server's certificate must carry that
   * host, too, unless the credentials name another (`serverName`) or check none; else the call fails with
   * UNAVAILABLE. Default: the channel's.
   */
  readonly authority?: string | undefined;
  /** Called with the server's metadata as soon as it arrives, before any message. */
  readonly onHeader?: ((headers: Metadata) => void) | undefined;
  /** Called with the trailers when the call has ended, well or not, if any were received. */
  readonly onTrailer?: ((trailers: Metadata) => void) | undefined;
  /**
   * The call being served right now: its deadline and its cancellation hold for this call, too, and its
   * trace goes on (`traceContext`). null: none, whatever `callScope` knows. Default: what the channel's
   * `callScope` knows.
   */
  readonly parent?: ParentCall | null | undefined;
  /** Typed values for interceptors. */
  readonly context?: ContextValues | undefined;
  /**
   * How requests are compressed: the name of an encoding, `identity` for none, or more about it. A server
   * that does not accept it gets them uncompressed. Default: the channel's.
   */
  readonly compression?: CallCompression | string | undefined;
  /**
   * How this call is tried again when it fails, whatever its method's `idempotency_level`: a policy of its own;
   * `true` for the service config's or the channel's, else the defaults of `RetryOptions`; `false` for not at
   * all, but for attempts that no server has acted on. Default: the method's, else the client's, else the
   * service config's, else the channel's.
   */
  readonly retry?: RetryOptions | boolean | undefined;
  /** Limit of one received message, bytes, 0 to 4294967295, or Infinity. Default: the method's, else the client's, else the channel's. */
  readonly maxReceiveMessageBytes?: number | undefined;
  /** Limit of one sent message, bytes before compression, 0 to 4294967295, or Infinity. Default: as for `maxReceiveMessageBytes`. */
  readonly maxSendMessageBytes?: number | undefined;
}
