// The types of a service's implementation: one handler per method, shaped by the method's kind.
import type {
  DescMessage,
  DescMethodBiDiStreaming,
  DescMethodClientStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type { ServerCall } from "./server-call.js";

/**
 * Answers a unary method. The answer is a message, or a plain object that `create()` turns into one.
 * What it throws ends the call: an `RpcError` as it is, anything else as `UNKNOWN`.
 */
export type UnaryHandler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  call: ServerCall,
) => MessageInitShape<O> | Promise<MessageInitShape<O>>;

/**
 * Answers a server-streaming method. Responses are pulled only as fast as the client takes them, and
 * the iterable's `return()` is called when the call ends early.
 */
export type ServerStreamingHandler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  call: ServerCall,
) => AsyncIterable<MessageInitShape<O>> | Iterable<MessageInitShape<O>>;

/** Answers a client-streaming method. Leaving the loop over `requests` early stops the reading. */
export type ClientStreamingHandler<I extends DescMessage, O extends DescMessage> = (
  requests: AsyncIterable<MessageShape<I>>,
  call: ServerCall,
) => MessageInitShape<O> | Promise<MessageInitShape<O>>;

/** Answers a bidirectional-streaming method. Reading and answering are independent of each other. */
export type BidiStreamingHandler<I extends DescMessage, O extends DescMessage> = (
  requests: AsyncIterable<MessageShape<I>>,
  call: ServerCall,
) => AsyncIterable<MessageInitShape<O>> | Iterable<MessageInitShape<O>>;

/** The handler that fits method `M`. */
export type MethodHandler<M> =
  M extends DescMethodUnary<infer I, infer O>
    ? UnaryHandler<I, O>
    : M extends DescMethodServerStreaming<infer I, infer O>
      ? ServerStreamingHandler<I, O>
      : M extends DescMethodClientStreaming<infer I, infer O>
        ? ClientStreamingHandler<I, O>
        : M extends DescMethodBiDiStreaming<infer I, infer O>
          ? BidiStreamingHandler<I, O>
          : never;

/**
 * The methods of service `S`, by their names in TypeScript (`getUser`). All are optional: what is
 * missing answers `UNIMPLEMENTED`. `this` in a method is the object it was found on, so that an
 * instance of a class serves as well. Of a service that is loaded at run time nothing is checked.
 */
export type ServiceImplementation<S extends DescService> = string extends keyof S["method"]
  ? LooseImplementation
  : { [Name in keyof S["method"]]?: MethodHandler<S["method"][Name]> };

/** The methods of a service whose descriptor is known at run time only. */
export interface LooseImplementation {
  // biome-ignore lint/suspicious/noExplicitAny: nothing is known of its messages.
  [name: string]: (input: any, call: ServerCall) => any;
}
