// Makes a typed client of a service descriptor and a channel.
import type {
  DescMessage,
  DescMethod,
  DescMethodBiDiStreaming,
  DescMethodClientStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import { type CallDefaults, readClientOptions } from "./call/call-defaults.js";
import type { CallOptions, OpenOptions } from "./call/call-options.js";
import type { OpenBidiCall, OpenClientStream, OpenServerStream } from "./call/manual-call.js";
import { createMethod } from "./call/stub.js";
import type { Channel } from "./channel/channel-port.js";

/** Requests to stream: messages, or what messages are made of. */
export type Requests<I extends DescMessage> =
  | AsyncIterable<MessageInitShape<I>>
  | Iterable<MessageInitShape<I>>;

/** Responses that arrive one by one; leaving the loop early cancels the call. May be iterated once. */
export type Responses<O extends DescMessage> = AsyncIterableIterator<
  MessageShape<O>,
  undefined,
  undefined
> &
  AsyncDisposable;

/** Calls a unary method. Rejects with an RpcError when the call fails. */
export type UnaryMethod<I extends DescMessage, O extends DescMessage> = (
  request: MessageInitShape<I>,
  options?: CallOptions,
) => Promise<MessageShape<O>>;

/** Calls a server-streaming method. The iterable throws an RpcError when the call fails. */
export interface ServerStreamingMethod<I extends DescMessage, O extends DescMessage> {
  (request: MessageInitShape<I>, options?: CallOptions): Responses<O>;
  /** The same call with its metadata, trailers and `cancel` at hand. */
  open(request: MessageInitShape<I>, options?: OpenOptions): OpenServerStream<MessageShape<O>>;
}

/** Calls a client-streaming method. The requests are pulled as fast as the server takes them. */
export interface ClientStreamingMethod<I extends DescMessage, O extends DescMessage> {
  (requests: Requests<I>, options?: CallOptions): Promise<MessageShape<O>>;
  /** The same call, driven by hand. */
  open(options?: CallOptions): OpenClientStream<MessageInitShape<I>, MessageShape<O>>;
}

/** Calls a bidirectional method. The requests are pulled as fast as the server takes them. */
export interface BidiStreamingMethod<I extends DescMessage, O extends DescMessage> {
  (requests: Requests<I>, options?: CallOptions): Responses<O>;
  /** The same call, driven by hand. */
  open(options?: OpenOptions): OpenBidiCall<MessageInitShape<I>, MessageShape<O>>;
}

/** The function that calls a method, by its kind. */
export type ClientMethod<M extends DescMethod> =
  M extends DescMethodUnary<infer I, infer O>
    ? UnaryMethod<I, O>
    : M extends DescMethodServerStreaming<infer I, infer O>
      ? ServerStreamingMethod<I, O>
      : M extends DescMethodClientStreaming<infer I, infer O>
        ? ClientStreamingMethod<I, O>
        : M extends DescMethodBiDiStreaming<infer I, infer O>
          ? BidiStreamingMethod<I, O>
          : never;

/** One function for each method of a service, by its lower camel case name. */
export type Client<S extends DescService> = string extends keyof S["method"]
  ? LooseClient
  : { readonly [N in keyof S["method"]]: ClientMethod<S["method"][N]> };

/** A client of a service whose descriptor is known at run time only: functions and messages of any type. */
export interface LooseClient {
  // biome-ignore lint/suspicious/noExplicitAny: nothing is known of its methods.
  readonly [name: string]: any;
}

/** What calls of a client get unless they say otherwise; `methods` goes before the rest, by the methods' names in TypeScript. */
export interface ClientOptions<S extends DescService = DescService> extends CallDefaults {
  /** For single methods. Default: as for the client. */
  readonly methods?: { readonly [N in keyof S["method"]]?: CallDefaults } | undefined;
}

/**
 * Makes a client: one typed function for each method of the service. Cheap; a channel may carry any
 * number of clients.
 *
 * The functions throw UsageError at once when an option or a request cannot be used.
 *
 * @param options what its calls get unless they say otherwise: timeouts and limits.
 * @throws {UsageError} when an option cannot be used, or names a method that the service does not have.
 * @example
 * const users = createClient(UserService, createChannel("localhost:50051"));
 * const user = await users.getUser({ id: "1" }, { timeoutMs: 500 });
 * for await (const user of users.listUsers({ pageSize: 10 })) {}
 *
 * @example
 * createClient(UserService, channel, { timeoutMs: 2000, methods: { export: { timeoutMs: 60_000 } } });
 */
export function createClient<S extends DescService>(
  service: S,
  channel: Channel,
  options?: ClientOptions<S>,
): Client<S> {
  const client: Record<string, unknown> = {};
  const defaultsOf = readClientOptions(service, options);
  for (const method of service.methods) {
    client[method.localName] = createMethod(method, channel, defaultsOf(method.localName));
  }
  return client as Client<S>;
}
