// Makes up the call that a handler is called with, so that it can be tested as a plain function.
import type { DescMethod } from "@bufbuild/protobuf";
import {
  type Clock,
  Code,
  type ContextValues,
  createGenericMethod,
  describeValue,
  identity,
  Metadata,
  type MetadataInit,
  RpcError,
  systemClock,
  UsageError,
} from "@trunkline/core";
import { CallContext, type CallHost } from "../dispatch/call-context.js";
import type { ServerCall } from "../dispatch/server-call.js";
import type { ClientPeer } from "../http/peer.js";

/** What a made-up call is like; all of it may be left out. */
export interface HandlerContextOptions {
  /** The method that is called. Default `/test.Test/Test`. */
  readonly method?: DescMethod | undefined;
  /** Request metadata. Default none. */
  readonly metadata?: Metadata | MetadataInit | undefined;
  /** Time that the call has, milliseconds, 0 or more; Infinity: no end. It does not end by itself: see `cancel`. Default none. */
  readonly timeoutMs?: number | undefined;
  /** What the time is measured with. Default: the system's clock. */
  readonly clock?: Clock | undefined;
  /** Who calls. Default: address `test`, no TLS. */
  readonly peer?: Partial<ClientPeer> | undefined;
  /** Whom the client wanted to reach. Default `test`. */
  readonly authority?: string | undefined;
  /** The name of the message format. Default `proto`. */
  readonly format?: string | undefined;
  /** Values that interceptors would have left. Default none. */
  readonly context?: ContextValues | undefined;
  /** The request, for interceptors; handlers get theirs as an argument. Default none. */
  readonly message?: unknown;
  /** The requests of a stream, for interceptors. Default none. */
  readonly messages?: AsyncIterable<unknown> | undefined;
}

/** A made-up call, and what its handler has done to it. */
export interface HandlerContext extends ServerCall {
  /** Whether the handler has sent its headers early. */
  readonly headersSent: boolean;
  /** Aborts the call's `signal`, as when the client goes away. Default reason: CANCELLED. */
  cancel(reason?: RpcError): void;
}

/**
 * Makes a call to call a handler with. It is the real one, without a connection below.
 * @throws {UsageError} when an option cannot be used.
 * @example
 * const call = createHandlerContext({ metadata: { "x-tenant": "a" } });
 * const reply = await users.getUser(create(GetUserRequestSchema, { id: "1" }), call);
 * expect(call.responseTrailers.get("x-cost")).toBe("2");
 */
export function createHandlerContext(options: HandlerContextOptions = {}): HandlerContext {
  return new MadeUpCall(new MadeUpHost(options), options);
}

const noPeer: ClientPeer = {
  address: "test",
  port: undefined,
  localAddress: undefined,
  tls: undefined,
};

class MadeUpHost implements CallHost {
  readonly earlyContext: undefined = undefined;
  readonly method: DescMethod;
  readonly authority: string;
  readonly format: string;
  readonly deadline: number | undefined;
  readonly peer: ClientPeer;
  abortReason: RpcError | undefined = undefined;
  headersSent = false;
  readonly requestCompression: string = identity;
  responseCompression: string = identity;
  readonly acceptedCompressions: readonly string[] = [identity];
  readonly #clock: Clock;
  readonly #metadata: Metadata;

  constructor(options: HandlerContextOptions) {
    const { clock = systemClock, metadata, timeoutMs } = options;
    if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs >= 0)) {
      throw new UsageError(
        `option timeoutMs is ${describeValue(timeoutMs)}; it must be a number of milliseconds, 0 or more`,
      );
    }
    this.method = options.method ?? createGenericMethod("/test.Test/Test", "unary");
    this.authority = options.authority ?? "test";
    this.format = options.format ?? "proto";
    this.deadline =
      timeoutMs === undefined || timeoutMs === Infinity ? undefined : clock.now() + timeoutMs;
    this.peer = { ...noPeer, ...options.peer };
    this.#clock = clock;
    this.#metadata = metadata instanceof Metadata ? metadata : new Metadata(metadata);
  }

  nowMs(): number {
    return this.#clock.now();
  }

  readRequestMetadata(): Metadata {
    return this.#metadata;
  }

  sendResponseHeaders(): void {
    this.headersSent = true;
  }
}

class MadeUpCall extends CallContext implements HandlerContext {
  readonly #host: MadeUpHost;
  readonly #context: ContextValues | undefined;

  constructor(host: MadeUpHost, options: HandlerContextOptions) {
    super(host, options.message, options.messages);
    this.#host = host;
    this.#context = options.context;
  }

  get headersSent(): boolean {
    return this.#host.headersSent;
  }

  override get context(): ContextValues {
    return this.#context ?? super.context;
  }

  cancel(
    reason: RpcError = new RpcError(Code.CANCELLED, "the client has cancelled the call"),
  ): void {
    this.#host.abortReason = reason;
    this.abort(reason);
  }
}
