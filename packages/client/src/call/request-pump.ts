// Carries a request stream to the transport: pulls no faster than the transport takes.
import { Code, Deferred, RpcError } from "@trunkline/core";
import type { RequestOutlet } from "../transport/transport.js";
import type { MethodPlan } from "./method-plan.js";

/** Whom a pump belongs to. */
export interface PumpOwner {
  readonly plan: MethodPlan;
  /** Ends the call from this side. */
  abandon(error: RpcError): void;
}

/** Whatever requests may be streamed from. */
export type RequestSource = AsyncIterable<unknown> | Iterable<unknown>;

type Pulled = IteratorResult<unknown, unknown>;

/** Messages kept for a transparent retry until the response begins; more are not worth the memory. */
const maxReplay = 8;

/** One request stream of one call. */
export class RequestPump {
  readonly #owner: PumpOwner;
  readonly #source: RequestSource;
  #iterator: AsyncIterator<unknown> | Iterator<unknown> | undefined;
  #attempt: RequestOutlet | undefined;
  #sent: unknown[] | undefined = [];
  #isDone = false;
  #isStopped = false;
  #isFull = false;
  #room: Deferred<void> | undefined;

  constructor(owner: PumpOwner, source: RequestSource) {
    this.#owner = owner;
    this.#source = source;
  }

  /** Everything that was sent so far is still at hand. */
  get isReplayable(): boolean {
    return this.#sent !== undefined;
  }

  /** Sends to `attempt` from now on; a second attempt first gets everything that the one before got. */
  attach(attempt: RequestOutlet): void {
    const isFirst = this.#attempt === undefined;
    this.#attempt = attempt;
    if (isFirst) {
      void this.#run();
      return;
    }
    this.#isFull = false;
    for (const message of this.#sent ?? []) {
      this.#isFull = !attempt.send(message, false);
    }
    if (this.#isDone) {
      attempt.closeSend();
    } else if (!this.#isFull) {
      this.resume();
    }
  }

  /** The response has begun: no retry will need what was sent. */
  commit(): void {
    this.#sent = undefined;
  }

  /** The transport has room again. */
  resume(): void {
    this.#isFull = false;
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** The call has ended: the source is told, whether it was done or not. */
  stop(): void {
    if (this.#isStopped) {
      return;
    }
    this.#isStopped = true;
    this.#sent = undefined;
    this.resume();
    if (!this.#isDone) {
      this.#closeSource();
    }
  }

  async #run(): Promise<void> {
    try {
      const iterator = openIterator(this.#source);
      this.#iterator = iterator;
      while (!this.#isStopped) {
        const next: Promise<Pulled> | Pulled = iterator.next();
        const result: Pulled = isPromise(next) ? await next : next;
        if (result.done || this.#isStopped) {
          break;
        }
        this.#send(result.value);
        if (this.#isFull) {
          await this.#whenRoom();
        }
      }
      this.#finish();
    } catch (cause) {
      this.#isDone = true;
      this.#owner.abandon(toRequestError(cause, this.#owner.plan));
    }
  }

  #send(value: unknown): void {
    const { plan } = this.#owner;
    let message: unknown;
    try {
      message = plan.toRequest(value);
      this.#isFull = this.#attempt?.send(message, false) === false;
    } catch (cause) {
      this.#owner.abandon(toEncodeError(cause, plan));
      return;
    }
    if (this.#sent !== undefined) {
      this.#sent = this.#sent.length < maxReplay ? [...this.#sent, message] : undefined;
    }
  }

  #whenRoom(): Promise<void> {
    this.#room ??= new Deferred<void>();
    return this.#room.promise;
  }

  #finish(): void {
    if (this.#isStopped) {
      // The source may have been in the middle of `next` when it was told to return.
      this.#closeSource();
    } else {
      this.#isDone = true;
      this.#attempt?.closeSend();
    }
  }

  #closeSource(): void {
    try {
      const closing: Promise<Pulled> | Pulled | undefined = this.#closable()?.return?.();
      if (isPromise(closing)) {
        closing.catch(ignore);
      }
    } catch {
      // A generator that is running right now refuses; the loop ends it when it comes back.
    }
  }

  /** A generator is closed even if it was never begun; other iterables are not opened only to be closed. */
  #closable(): Partial<AsyncIterator<unknown> & Iterator<unknown>> | undefined {
    const source = this.#source as Partial<AsyncIterator<unknown> & Iterator<unknown>>;
    return (
      (this.#iterator as typeof source) ?? (typeof source.next === "function" ? source : undefined)
    );
  }
}

function openIterator(source: RequestSource): AsyncIterator<unknown> | Iterator<unknown> {
  return Symbol.asyncIterator in source
    ? source[Symbol.asyncIterator]()
    : source[Symbol.iterator]();
}

function isPromise<T>(value: Promise<T> | T): value is Promise<T> {
  return typeof (value as { then?: unknown } | undefined)?.then === "function";
}

function ignore(): void {}

function toRequestError(cause: unknown, plan: MethodPlan): RpcError {
  const { code, message } = RpcError.from(cause, Code.CANCELLED);
  return new RpcError(code, `the request stream of ${plan.path} failed: ${message}`, { cause });
}

/** The error of a request that cannot be encoded, or is too large to be sent. */
export function toEncodeError(cause: unknown, plan: MethodPlan): RpcError {
  if (cause instanceof RpcError) {
    return cause;
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  const type = plan.method.input.typeName;
  return new RpcError(
    Code.INTERNAL,
    `a request of ${plan.path} cannot be encoded as ${type}: ${why}`,
    { cause },
  );
}
