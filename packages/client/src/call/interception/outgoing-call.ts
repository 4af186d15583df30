// A call as client interceptors see it, before it has a connection.
import type { DescMethod } from "@bufbuild/protobuf";
import {
  type Call,
  type ContextKey,
  ContextValues,
  createContextKey,
  Metadata,
  type Peer,
  type RpcError,
  withTraceOf,
} from "@trunkline/core";
import { type Abortable, joinSignal, leaveSignal } from "../abort-fan.js";
import type { CallOptions, InternalOptions } from "../call-options.js";
import type { MethodPlan } from "../method-plan.js";
import type { RequestSource } from "../request-pump.js";

/** What the caller said about this one call, and when, for the end of the chain. */
export interface CallerOrder {
  readonly options: InternalOptions | undefined;
  /** Epoch milliseconds. */
  readonly givenMs: number;
}

/** Undefined: nothing was said, and there is no deadline. */
export const callerOrder: ContextKey<CallerOrder | undefined> = createContextKey<
  CallerOrder | undefined
>(undefined, { description: "call options" });

/** When a call was given, and until when it may take. */
interface CallTime {
  /** Epoch milliseconds; Infinity for none. */
  readonly deadlineMs: number;
  /** What the deadline was worked out with. */
  readonly givenMs: number;
  readonly clock: { now(): number };
}

/** See the file's first line. */
export class OutgoingCall implements Call, Abortable {
  readonly method: DescMethod;
  readonly metadata: Metadata;
  readonly deadline: number | undefined;
  readonly message: unknown;
  readonly messages: AsyncIterable<unknown> | undefined;
  readonly context: ContextValues;
  /** Not known before a connection is picked. */
  readonly peer: Peer | undefined = undefined;
  readonly #plan: MethodPlan;
  readonly #clock: { now(): number };
  readonly #requests: RequestMessages | undefined;
  readonly #sources: AbortSignal[] = [];
  #controller: AbortController | undefined;

  constructor(
    plan: MethodPlan,
    input: unknown,
    options: CallOptions | undefined,
    { deadlineMs, givenMs, clock }: CallTime,
  ) {
    this.#clock = clock;
    this.#plan = plan;
    this.method = plan.method;
    const own = new Metadata(options?.metadata);
    this.metadata = (options?.parent && withTraceOf(options.parent, own)) ?? own;
    this.deadline = deadlineMs === Infinity ? undefined : deadlineMs;
    this.context = createContext(options, this.deadline, givenMs);
    this.message = plan.requestStreams ? undefined : plan.toRequest(input);
    this.#requests = plan.requestStreams
      ? new RequestMessages(plan, input as RequestSource)
      : undefined;
    this.messages = this.#requests;
    for (const signal of [options?.signal, options?.parent?.signal]) {
      if (signal !== undefined) {
        this.#sources.push(signal);
      }
    }
  }

  /** `/package.Service/Method`. */
  get path(): string {
    return this.#plan.path;
  }

  get streamsResponses(): boolean {
    return this.#plan.responseStreams;
  }

  timeRemainingMs(): number | undefined {
    return this.deadline === undefined ? undefined : Math.max(0, this.deadline - this.#clock.now());
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      for (const source of this.#sources) {
        source.aborted ? this.#controller.abort(source.reason) : joinSignal(source, this);
      }
    }
    return this.#controller.signal;
  }

  aborted(reason: unknown): void {
    this.#controller?.abort(reason);
  }

  /** Ends the call with `error`; `signal` must have been read before the call set off. */
  cancel(error: RpcError): void {
    this.#controller?.abort(error);
  }

  /** The call has ended: nothing of it stays behind on the caller's signals, and no request is taken any more. */
  dispose(): void {
    for (const source of this.#sources) {
      leaveSignal(source, this);
    }
    this.#requests?.close();
  }
}

function createContext(
  options: CallOptions | undefined,
  deadline: number | undefined,
  givenMs: number,
): ContextValues {
  const context = options?.context ?? new ContextValues();
  const isPlain = options === undefined && deadline === undefined;
  return isPlain ? context : new CallContext(context, { options, givenMs });
}

/** The caller's values, and the order for this one call, which must not stay behind in them. */
class CallContext extends ContextValues {
  readonly #values: ContextValues;
  readonly #order: CallerOrder;

  constructor(values: ContextValues, order: CallerOrder) {
    super();
    this.#values = values;
    this.#order = order;
  }

  override get<T>(key: ContextKey<T>): T {
    return key === (callerOrder as unknown) ? (this.#order as T) : this.#values.get(key);
  }

  override has(key: ContextKey<unknown>): boolean {
    return key === callerOrder || this.#values.has(key);
  }

  override set<T>(key: ContextKey<T>, value: T): this {
    this.#values.set(key, value);
    return this;
  }

  override delete(key: ContextKey<unknown>): boolean {
    return this.#values.delete(key);
  }
}

/** The caller's requests as messages of the right type. */
class RequestMessages implements AsyncIterable<unknown> {
  readonly #plan: MethodPlan;
  readonly #source: RequestSource;

  constructor(plan: MethodPlan, source: RequestSource) {
    this.#plan = plan;
    this.#source = source;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    for await (const value of this.#source) {
      yield this.#plan.toRequest(value);
    }
  }

  /** Tells a source that can be told: the loop above may be waiting for it, or may never have begun. */
  close(): void {
    const source = this.#source as Partial<AsyncIterator<unknown> & Iterator<unknown>>;
    if (typeof source.next !== "function") {
      return;
    }
    try {
      const closing: unknown = source.return?.();
      Promise.resolve(closing).catch(ignore);
    } catch {
      // A generator that is running right now refuses; the loop ends it when it comes back.
    }
  }
}

function ignore(): void {}
