// The types of handlers that take and give messages as bytes.
import type { DescService } from "@bufbuild/protobuf";
import type { ServerCall } from "./server-call.js";

/** What a streaming handler of bytes gives. */
export type RawResponses = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Answers calls to methods that the server has no service for, whatever their kind: each is seen as
 * bidirectional, and `call.method` knows its names. A unary call has one request, and wants one response.
 */
export type UnknownMethodHandler = (
  requests: AsyncIterable<Uint8Array>,
  call: ServerCall,
) => RawResponses;

type Single = (request: Uint8Array, call: ServerCall) => Uint8Array | Promise<Uint8Array>;
type Out = (request: Uint8Array, call: ServerCall) => RawResponses;
type In = (
  requests: AsyncIterable<Uint8Array>,
  call: ServerCall,
) => Uint8Array | Promise<Uint8Array>;
type Both = (requests: AsyncIterable<Uint8Array>, call: ServerCall) => RawResponses;

interface HandlerByKind {
  readonly unary: Single;
  readonly server_streaming: Out;
  readonly client_streaming: In;
  readonly bidi_streaming: Both;
}

/**
 * The methods of service `S`, handling bytes: shaped like `ServiceImplementation`, with the encoded
 * message in the place of each message. The bytes are the handler's own.
 */
export type RawImplementation<S extends DescService> = {
  [Name in keyof S["method"]]?: HandlerByKind[S["method"][Name]["methodKind"]];
};
