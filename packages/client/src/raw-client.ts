// Calls whose messages are bytes: of a service, or of any method by its path.
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { checkFormatName, createGenericMethod } from "@trunkline/core";
import type { CallOptions, OpenOptions } from "./call/call-options.js";
import type { OpenBidiCall, OpenClientStream, OpenServerStream } from "./call/manual-call.js";
import { type MethodPlan, rawPlanFor } from "./call/method-plan.js";
import { createPlannedMethod, openPlanned } from "./call/stub.js";
import type { Channel } from "./channel/channel-port.js";

/** Requests to stream, encoded. */
export type RawRequests = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Responses that arrive one by one, encoded; each belongs to whoever takes it. */
export type RawStream = AsyncIterableIterator<Uint8Array, undefined, undefined> & AsyncDisposable;

interface MethodByKind {
  readonly unary: (request: Uint8Array, options?: CallOptions) => Promise<Uint8Array>;
  readonly server_streaming: {
    (request: Uint8Array, options?: CallOptions): RawStream;
    open(request: Uint8Array, options?: OpenOptions): OpenServerStream<Uint8Array>;
  };
  readonly client_streaming: {
    (requests: RawRequests, options?: CallOptions): Promise<Uint8Array>;
    open(options?: CallOptions): OpenClientStream<Uint8Array, Uint8Array>;
  };
  readonly bidi_streaming: {
    (requests: RawRequests, options?: CallOptions): RawStream;
    open(options?: OpenOptions): OpenBidiCall<Uint8Array, Uint8Array>;
  };
}

/** One function for each method of a service, with encoded messages in the place of messages. */
export type RawClient<S extends DescService> = {
  readonly [N in keyof S["method"]]: MethodByKind[S["method"][N]["methodKind"]];
};

/** Options of raw calls. */
export interface RawOptions {
  /** The message format that the bytes are in, for the content type: `proto`, `json` ... Default `proto`. */
  readonly format?: string | undefined;
}

/**
 * Makes a client that sends and receives the messages of a service as bytes: nothing is encoded, decoded or checked.
 * @throws {UsageError} when the format cannot stand in a content type; from its functions, when a message is no Uint8Array.
 */
export function createRawClient<S extends DescService>(
  service: S,
  channel: Channel,
  options: RawOptions = {},
): RawClient<S> {
  const client: Record<string, unknown> = {};
  const format = toFormat(options);
  for (const method of service.methods) {
    // A descriptor of its own, so that whoever meets the call later sees that its messages are bytes.
    const own: DescMethod = { ...method };
    client[method.localName] = createPlannedMethod(rawPlanFor(own, format), channel);
  }
  return client as RawClient<S>;
}

function toFormat({ format = "proto" }: RawOptions): string {
  return checkFormatName(format);
}

/** Plans of paths; their number is bounded, because a proxy gets its paths from strangers. */
const plans = new Map<string, MethodPlan>();
const maxPlans = 1000;

function planOf(path: string, format: string): MethodPlan {
  const key = `${format} ${path}`;
  let plan = plans.get(key);
  if (plan === undefined) {
    plan = rawPlanFor(createGenericMethod(path), format);
    if (plans.size >= maxPlans) plans.clear();
    plans.set(key, plan);
  }
  return plan;
}

/**
 * Calls a method of which only the path is known, whatever its kind: any number of encoded messages
 * each way. For a unary method send one and read one.
 * @param path `/package.Service/Method`.
 * @throws {UsageError} when the path or an option cannot be used.
 * @example
 * const call = openRaw(channel, "/users.v1.UserService/GetUser", { timeoutMs: 500 });
 * call.send(request);
 * call.closeSend();
 * for await (const response of call.messages) {}
 */
export function openRaw(
  channel: Channel,
  path: string,
  options: OpenOptions & RawOptions = {},
): OpenBidiCall<Uint8Array, Uint8Array> {
  const plan = planOf(path, toFormat(options));
  return openPlanned(plan, channel, options) as OpenBidiCall<Uint8Array, Uint8Array>;
}
