// What observers of a channel are told of a call and of each of its attempts; made only where somebody listens.
import type { DescMethod } from "@bufbuild/protobuf";
import {
  type ContextValues,
  Metadata,
  type MetadataValueOf,
  ObservedRecord,
  type ParentCall,
  StreamRecord,
} from "@trunkline/core";

/**
 * Why an attempt is made. `first`: the call began. `retry`: the one before failed. `hedge`: beside those that
 * are under way. `transparent`: the server has not acted on the one before, which is repeated (gRFC A6).
 */
export type AttemptKind = "first" | "retry" | "hedge" | "transparent";

/** How an attempt came about. */
export interface AttemptOrigin {
  /** From 1. Transparent ones have the number of the one that they repeat. */
  readonly number: number;
  /** Why it is made. */
  readonly kind: AttemptKind;
  /** What was waited for it: backoff, pushback or hedging delay, milliseconds; 0 for none. */
  readonly delayMs: number;
  /** What became of the one before: its code and message, or that none had answered; undefined for the first. */
  readonly reason: string | undefined;
}

/** What of an attempt's stream a record reads. */
export interface RecordedStream {
  readonly peer: string;
  readMetadata(fields: readonly string[]): Metadata;
}

/** What a record is made of: the call itself. */
export interface RecordedClientCall {
  readonly plan: { readonly path: string; readonly method: DescMethod };
  readonly host: { readonly target: string };
  readonly metadata: Metadata | undefined;
  readonly authority: string | undefined;
  readonly deadlineMs: number;
  remainingMs(): number;
  readonly parent: ParentCall | undefined;
  readonly context: ContextValues | undefined;
}

/** A call of a channel, the same object from its begin to its end. It begins when the interceptors are through. */
export class ClientCallRecord extends ObservedRecord {
  /** What the caller sends, if anything. */
  readonly metadata: Metadata | undefined;
  /** The call that it is made on behalf of; undefined for none. */
  readonly parent: ParentCall | undefined;
  /** The attempt whose response is the call's; while there is none, the one that began last, if any. */
  attempt: AttemptRecord | undefined = undefined;
  /** Attempts that were made because the one before had failed. */
  retries: number = 0;
  /** Attempts that were made beside others. */
  hedges: number = 0;
  /** Attempts that were made because no server had acted on the one before. */
  transparentRetries: number = 0;
  /** What was waited between attempts, milliseconds. */
  retryDelayMs: number = 0;
  /** It had to wait until the name of the target was resolved. */
  waitedForName: boolean = false;
  readonly #call: RecordedClientCall;

  constructor(call: RecordedClientCall, startedMs: number) {
    super(startedMs);
    this.#call = call;
    this.metadata = call.metadata;
    this.parent = call.parent;
  }

  /** The channel's target, as it was written for `createChannel`. */
  get target(): string {
    return this.#call.host.target;
  }

  /** `/package.Service/Method`. */
  get path(): string {
    return this.#call.plan.path;
  }

  /** The method's descriptor. */
  get method(): DescMethod {
    return this.#call.plan.method;
  }

  /** The option `authority` of the call; undefined: the channel's. */
  get authority(): string | undefined {
    return this.#call.authority;
  }

  /** When it must have ended, milliseconds since 1970; undefined: it may take for ever. */
  get deadlineMs(): number | undefined {
    const { deadlineMs } = this.#call;
    return deadlineMs === Infinity ? undefined : deadlineMs;
  }

  /** Milliseconds until its deadline, below 0 when that has passed; undefined when there is none. */
  get timeRemainingMs(): number | undefined {
    const ms = this.#call.remainingMs();
    return ms === Infinity ? undefined : ms;
  }

  /** Typed values of the caller and the interceptors; undefined when there are none. */
  get context(): ContextValues | undefined {
    return this.#call.context;
  }

  /** Requests that its attempt has sent. */
  get sentMessages(): number {
    return this.attempt?.sentMessages ?? 0;
  }

  /** Responses that its attempt has received. */
  get receivedMessages(): number {
    return this.attempt?.receivedMessages ?? 0;
  }
}

/** An attempt of a call, the same object from its begin, before a connection is picked for it, to its end. */
export class AttemptRecord extends StreamRecord implements AttemptOrigin {
  /** Whose attempt it is. */
  readonly call: ClientCallRecord;
  /** From 1. Transparent ones have the number of the one that they repeat. */
  readonly number: number;
  /** Why it is made. */
  readonly kind: AttemptKind;
  /** What was waited for it: backoff, pushback or hedging delay, milliseconds; 0 for none. */
  readonly delayMs: number;
  /** What became of the one before: its code and message, or that none had answered; undefined for the first. */
  readonly reason: string | undefined;
  /** It had to wait for a connection. */
  waitedForPick: boolean = false;
  /** The time that was left for it when its head was written, milliseconds; undefined: it may take for ever, or none was written yet. */
  timeoutMs: number | undefined = undefined;
  #metadata: Metadata | undefined;
  #stream: RecordedStream | undefined = undefined;
  #headers: readonly string[] | undefined = undefined;
  #trailers: readonly string[] | undefined = undefined;

  constructor(call: ClientCallRecord, origin: AttemptOrigin, startedMs: number) {
    super(startedMs);
    this.call = call;
    this.number = origin.number;
    this.kind = origin.kind;
    this.delayMs = origin.delayMs;
    this.reason = origin.reason;
    this.#metadata = call.metadata;
  }

  /** `/package.Service/Method`. */
  get path(): string {
    return this.call.path;
  }

  /** Where it runs, as `host:port`, `[address]:port` or `unix:path`; undefined while no connection was found. */
  get address(): string | undefined {
    return this.#stream?.peer;
  }

  /** What is sent, if anything. */
  get metadata(): Metadata | undefined {
    return this.#metadata;
  }

  /** What is sent; empty for nothing. Not to be changed: see `setMetadata`. */
  get requestMetadata(): Metadata {
    return this.#metadata ?? new Metadata();
  }

  /**
   * Sends a field with this attempt, in the place of those of the same name; for trace contexts. It has an effect while
   * `attemptStarted` is told, and no later.
   */
  setMetadata<N extends string>(name: N, value: MetadataValueOf<N>): void {
    if (this.#metadata === this.call.metadata) {
      this.#metadata = this.#metadata === undefined ? new Metadata() : this.#metadata.clone();
    }
    this.#metadata?.set(name, value);
  }

  /** The metadata of the response's head; empty while there is none. Not to be changed. */
  get responseHeaders(): Metadata {
    return this.#read(this.#headers);
  }

  /** The metadata of the trailers; empty while there are none. Not to be changed. */
  get responseTrailers(): Metadata {
    return this.#read(this.#trailers);
  }

  /** Trailers as they came, name, value, name, value ...; undefined when none were received. */
  get trailerFields(): readonly string[] | undefined {
    return this.#trailers;
  }

  /** A connection was found. */
  attach(stream: RecordedStream): void {
    this.#stream = stream;
    this.timeoutMs = this.call.timeRemainingMs;
  }

  /** The response's head was received. */
  receiveHeaders(fields: readonly string[]): void {
    this.#headers = fields;
  }

  /** The trailers were received. */
  receiveTrailers(fields: readonly string[]): void {
    this.#trailers = fields;
  }

  #read(fields: readonly string[] | undefined): Metadata {
    return fields === undefined || this.#stream === undefined
      ? new Metadata()
      : this.#stream.readMetadata(fields);
  }
}
