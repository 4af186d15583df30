// What comes of one call, and everybody who waits for a part of it: headers, messages, trailers, the end.
import {
  Deferred,
  MessageQueue,
  type MessageQueueOwner,
  Metadata,
  metadataFromFields,
  type RpcError,
} from "@trunkline/core";
import type { Attempt } from "../transport/transport.js";
import type { CallHost } from "./call-host.js";
import { CallSettings } from "./call-settings.js";
import { toCallbackError } from "./interception/callback-error.js";
import { rememberTrailers } from "./interception/received-trailers.js";
import { rejectCall } from "./interception/traced-errors.js";
import type { MethodPlan } from "./method-plan.js";

/** How a single response is handed over: the message, or whatever is made of the whole call. */
export type Finisher = (call: CallOutcome) => unknown;

/** The middle part of a `ClientCall`, which is one object. */
export abstract class CallOutcome extends CallSettings implements MessageQueueOwner {
  /** The single response; undefined until it is there. */
  message: unknown = undefined;
  /** Streamed responses; undefined when there is a single one. */
  readonly queue: MessageQueue<unknown> | undefined;
  /** Why the call failed, once it has. */
  error: RpcError | undefined = undefined;
  headerFields: readonly string[] | undefined = undefined;
  trailerFields: readonly string[] | undefined = undefined;
  isSettled: boolean = false;
  /** The attempt whose response this is, or will be; undefined while there is none. */
  protected attempt: Attempt | undefined = undefined;
  /** What the caller awaits: the single response, or the reply. */
  private readonly outcome: Deferred<unknown> | undefined;
  private readonly finisher: Finisher | undefined;
  private closedWaiter: Deferred<void> | undefined = undefined;
  private headersWaiter: Deferred<void> | undefined = undefined;

  /** @param finisher makes what `promise` resolves to; a streamed response has a promise only with it. */
  constructor(host: CallHost, plan: MethodPlan, finisher: Finisher | undefined) {
    super(host, plan);
    this.finisher = finisher;
    this.queue = plan.responseStreams ? new MessageQueue<unknown>(this) : undefined;
    this.outcome =
      plan.responseStreams && finisher === undefined ? undefined : new Deferred<unknown>();
  }

  /** The single response, or what the finisher makes of the call. */
  get promise(): Promise<unknown> {
    return (this.outcome as Deferred<unknown>).promise;
  }

  get bufferedMessages(): number {
    return this.queue === undefined ? 0 : this.queue.size;
  }

  /** Where the call runs; undefined until a connection was found. */
  get peer(): string | undefined {
    return this.attempt?.peer;
  }

  onConsumed(byteCount: number): void {
    const credit = this.options?.readCredit;
    const due = credit === undefined ? byteCount : credit.taken(byteCount, this);
    if (due > 0) {
      this.consumed(due);
    }
  }

  /** So many bytes of what was received need no room any more. */
  consumed(byteCount: number): void {
    this.attempt?.consumed(byteCount);
  }

  onReturn(): void {
    this.cancel("the caller left the stream of responses early");
  }

  /** The metadata among received fields; empty when none were received. */
  readMetadata(fields: readonly string[] | undefined): Metadata {
    if (fields === undefined) {
      return new Metadata();
    }
    return this.attempt?.readMetadata(fields) ?? metadataFromFields(fields);
  }

  /** Resolves once response headers (or a response without them) are there; rejects when the call fails before. */
  whenHeaders(): Promise<void> {
    if (this.headersWaiter === undefined) {
      this.headersWaiter = new Deferred<void>().silence();
      if (this.headerFields !== undefined || (this.isSettled && this.error === undefined)) {
        this.headersWaiter.resolve();
      } else if (this.isSettled) {
        this.headersWaiter.reject(this.error);
      }
    }
    return this.headersWaiter.promise;
  }

  /** Resolves once the call has ended, well or not. */
  whenClosed(): Promise<void> {
    if (this.closedWaiter === undefined) {
      this.closedWaiter = new Deferred<void>();
      if (this.isSettled) {
        this.closedWaiter.resolve();
      }
    }
    return this.closedWaiter.promise;
  }

  /** Tells whoever waits for the response to begin. */
  protected hearHeaders(fields: readonly string[]): void {
    this.headerFields = fields;
    this.headersWaiter?.resolve();
    const onHeader = this.options?.onHeader;
    if (onHeader !== undefined) {
      this.callBack(onHeader, fields);
    }
    if (this.queue !== undefined && this.finisher !== undefined) {
      this.outcome?.resolve(this.finisher(this));
    }
  }

  /** Tells everybody who waits that the call has ended. @param isLocal what has not been read is dropped. */
  protected settle(error: RpcError | undefined, isLocal: boolean): void {
    this.error = error;
    const onTrailer = this.options?.onTrailer;
    if (onTrailer !== undefined && this.trailerFields !== undefined) {
      this.callBack(onTrailer, this.trailerFields);
    }
    if (this.error === undefined) {
      this.outcome?.resolve(this.finisher === undefined ? this.message : this.finisher(this));
      this.headersWaiter?.resolve();
      this.queue?.end();
    } else {
      this.settleFailed(this.error, isLocal);
    }
    this.closedWaiter?.resolve();
  }

  private settleFailed(error: RpcError, isLocal: boolean): void {
    if (this.finisher !== undefined && this.trailerFields !== undefined) {
      rememberTrailers(error, this.trailerFields);
    }
    // The reply of a stream is there from its headers on.
    if (this.queue === undefined || this.headerFields === undefined) {
      this.outcome?.resolve(this.rejection(error));
    }
    this.headersWaiter?.reject(error);
    isLocal ? this.queue?.abort(error) : this.queue?.fail(error);
  }

  /** The application's own errors, as a signal may bring them, keep their stacks. */
  rejection(error: RpcError, rejecting?: () => void): Promise<never> {
    if (error !== this.foreignError) {
      return rejectCall(error, rejecting);
    }
    rejecting?.();
    return Promise.reject(error);
  }

  /** Runs a callback of the application: what it throws ends this call, and nothing else. */
  private callBack(callback: (metadata: Metadata) => void, fields: readonly string[]): void {
    try {
      callback(this.readMetadata(fields));
    } catch (cause) {
      const error = toCallbackError(this.plan.path, cause);
      if (this.isSettled) {
        this.error ??= error;
      } else {
        this.abandon(error);
      }
    }
  }
}
