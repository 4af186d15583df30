// The context of one call: what the handler and the interceptors hold, each part made on first use.
import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ContextValues, Metadata, type RpcError, type Status } from "@trunkline/core";
import type { ClientPeer } from "../http/peer.js";
import type { CallFollower, ServerCall } from "./server-call.js";

/** What a protocol's own record of a call provides to the context. */
export interface CallHost {
  readonly method: DescMethod;
  /** See `ServerCall`. */
  readonly authority: string;
  /** The name of the message format. */
  readonly format: string;
  /** When the call ends by itself, in epoch milliseconds; undefined: never. */
  readonly deadline: number | undefined;
  readonly peer: ClientPeer;
  /** Values that were set before the context was made, if any. */
  readonly earlyContext: ContextValues | undefined;
  /** Why the call ended before its handler; undefined while it runs, and after a normal end. */
  readonly abortReason: RpcError | undefined;
  /** The time that the deadline is held against. */
  nowMs(): number;
  /** See `ServerCall`. */
  readonly requestCompression: string;
  responseCompression: string;
  readonly acceptedCompressions: readonly string[];
  readRequestMetadata(): Metadata;
  sendResponseHeaders(): void;
}

/** See `ServerCall`, which is all that handlers get to see of this. */
export class CallContext implements ServerCall {
  readonly message: unknown;
  readonly messages: AsyncIterable<unknown> | undefined;
  readonly #host: CallHost;
  #metadata: Metadata | undefined = undefined;
  #values: ContextValues | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  #headers: Metadata | undefined = undefined;
  #trailers: Metadata | undefined = undefined;
  #settleClosed: ((status: Status) => void) | undefined = undefined;
  #followers: CallFollower[] | undefined = undefined;
  #isFinished = false;

  constructor(host: CallHost, message: unknown, messages: AsyncIterable<unknown> | undefined) {
    this.#host = host;
    this.message = message;
    this.messages = messages;
  }

  get method(): DescMethod {
    return this.#host.method;
  }

  get format(): string {
    return this.#host.format;
  }

  get authority(): string {
    return this.#host.authority;
  }

  get peer(): ClientPeer {
    return this.#host.peer;
  }

  get deadline(): number | undefined {
    return this.#host.deadline;
  }

  timeRemainingMs(): number | undefined {
    const deadline = this.#host.deadline;
    return deadline === undefined ? undefined : Math.max(0, deadline - this.#host.nowMs());
  }

  get metadata(): Metadata {
    this.#metadata ??= this.#host.readRequestMetadata();
    return this.#metadata;
  }

  get previousAttempts(): number {
    return parseAttempts(this.metadata);
  }

  get context(): ContextValues {
    this.#values ??= this.#host.earlyContext ?? new ContextValues();
    return this.#values;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      const reason = this.#host.abortReason;
      if (reason !== undefined) this.#controller.abort(reason);
    }
    return this.#controller.signal;
  }

  get responseHeaders(): Metadata {
    this.#headers ??= new Metadata();
    return this.#headers;
  }

  get responseTrailers(): Metadata {
    this.#trailers ??= new Metadata();
    return this.#trailers;
  }

  sendHeaders(): void {
    this.#host.sendResponseHeaders();
  }

  follow(follower: CallFollower): void {
    if (this.#isFinished) follower.callFinished();
    else if (this.#followers === undefined) this.#followers = [follower];
    else this.#followers.push(follower);
  }

  get requestCompression(): string {
    return this.#host.requestCompression;
  }

  get acceptedCompressions(): readonly string[] {
    return this.#host.acceptedCompressions;
  }

  get responseCompression(): string {
    return this.#host.responseCompression;
  }

  set responseCompression(name: string) {
    this.#host.responseCompression = name;
  }

  /** The response headers, if anybody has asked for them. */
  get knownHeaders(): Metadata | undefined {
    return this.#headers;
  }

  /** The trailers, if anybody has asked for them. */
  get knownTrailers(): Metadata | undefined {
    return this.#trailers;
  }

  /** Sends what an interceptor's reply holds instead. */
  replaceMetadata(headers: Metadata, trailers: Metadata): void {
    this.#headers = headers;
    this.#trailers = trailers;
  }

  /** Tells the handler that the call is over before it has finished. */
  abort(reason: RpcError): void {
    this.#controller?.abort(reason);
  }

  /** Settles when the call has ended, with what was sent as its status. Only interceptors need it. */
  whenClosed(): Promise<Status> {
    return new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
  }

  /** The call has ended, and its handler has finished. */
  finished(): void {
    this.#isFinished = true;
    const followers = this.#followers;
    if (followers === undefined) return;
    this.#followers = undefined;
    for (const follower of followers) follower.callFinished();
  }

  /** The call has ended. */
  closed(error: RpcError | undefined): void {
    this.#settleClosed?.({
      code: error?.code ?? Code.OK,
      message: error?.message ?? "",
      details: error?.details ?? [],
      metadata: this.responseTrailers,
    });
  }
}

/** What the client says of attempts before this one; 0 when that makes no sense. */
export function parseAttempts(metadata: Metadata): number {
  const text = metadata.get("grpc-previous-rpc-attempts") ?? "";
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}
