// A call and its reply as interceptors see them: the same shape on both ends and for all four kinds.
import type { DescMethod } from "@bufbuild/protobuf";
import type { Metadata } from "../metadata/metadata.js";
import type { Status } from "../status/status.js";
import type { ContextValues } from "./context-values.js";
import type { Peer } from "./peer.js";

/**
 * One call on its way to the handler (server) or to the network (client). Unary requests are in
 * `message`, streamed ones in `messages`; the other of the two is undefined.
 */
export interface Call<I = unknown> {
  /** What is being called; its kind, names and options. */
  readonly method: DescMethod;
  /** Request metadata. On the client, interceptors may add to it. */
  readonly metadata: Metadata;
  /** When the call must have ended, in milliseconds since 1970 (`nowMs`); undefined: never. */
  readonly deadline: number | undefined;
  /** Milliseconds left until the deadline, never below 0; undefined when there is none. */
  timeRemainingMs(): number | undefined;
  /** Aborted when the call is cancelled, its deadline passes or its connection is lost. Made when first read. */
  readonly signal: AbortSignal;
  /** Typed values that live as long as the call. */
  readonly context: ContextValues;
  /** The request of a unary or server-streaming call. */
  readonly message?: I | undefined;
  /** The requests of a client-streaming or bidirectional call. */
  readonly messages?: AsyncIterable<I> | undefined;
  /** The other end; undefined on a client that has not picked a connection yet. */
  readonly peer: Peer | undefined;
}

/**
 * The answer to a call on its way back. A single response is in `message`, streamed ones in
 * `messages`; the other of the two is undefined. A call that fails before it has an answer rejects with
 * an RpcError; a stream that fails later throws it from `messages`.
 */
export interface Reply<O = unknown> {
  /** Response headers. On the server, interceptors may add to them until they are sent. */
  readonly headers: Metadata;
  /** The response of a unary or client-streaming call. */
  message?: O | undefined;
  /** The responses of a server-streaming or bidirectional call. */
  messages?: AsyncIterable<O> | undefined;
  /** Trailers. On the client they are complete once `closed` has settled. */
  readonly trailers: Metadata;
  /** Settles with the outcome when the call has ended; never rejects. */
  readonly closed: Promise<Status>;
}

/** The rest of the chain: the next interceptor, in the end the handler or the network. */
export type Next = (call: Call) => Promise<Reply>;

/**
 * Wraps calls of all four kinds, on either end. It may look at the call, change it with `deriveCall`,
 * call `next` once, several times or not at all, and change the reply.
 *
 * @example
 * const timing: Interceptor = async (call, next) => {
 *   const start = performance.now();
 *   const reply = await next(call);
 *   void reply.closed.then((status) =>
 *     console.log(call.method.name, status.code, performance.now() - start));
 *   return reply;
 * };
 */
export type Interceptor = (call: Call, next: Next) => Promise<Reply>;
