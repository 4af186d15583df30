// Makes a call with a library whose streams are async iterables, and collects what comes of it.
import { InteropService } from "./gen/trunkline/interop/v1/interop_pb.js";
import type { CallSpec, Fields, Outcome } from "./peer.js";
import { RequestFeed } from "./request-feed.js";

/** What a library's own call is given. */
export interface CallHooks {
  readonly signal: AbortSignal;
  readonly onHeader: (fields: Fields) => void;
  readonly onTrailer: (fields: Fields) => void;
}

/** Starts the library's own call. */
export type StartCall = (
  input: object | AsyncIterable<object>,
  hooks: CallHooks,
) => Promise<object> | AsyncIterable<object>;

/** Status and trailers, from whatever a library throws. */
export type ReadError = (
  error: unknown,
) => Pick<Outcome, "code" | "message" | "details"> & { readonly trailers?: Fields };

type Response = Outcome["responses"][number];

function isIterable(value: object): value is AsyncIterable<object> {
  return Symbol.asyncIterator in value;
}

/** Makes the call that the spec asks for. */
export async function iterableCall(
  spec: CallSpec,
  start: StartCall,
  readError: ReadError,
): Promise<Outcome> {
  const { methodKind } = InteropService.method[spec.method];
  const takesStream = methodKind === "client_streaming" || methodKind === "bidi_streaming";
  const feed = new RequestFeed(spec);
  const abort = new AbortController();
  const responses: Response[] = [];
  let headers: Fields = [];
  let trailers: Fields = [];
  const hooks: CallHooks = {
    signal: abort.signal,
    onHeader: (fields) => {
      headers = fields;
      if (spec.cancelAfter === 0) abort.abort();
    },
    onTrailer: (fields) => {
      trailers = fields;
    },
  };
  const take = (message: object): void => {
    responses.push(message as Response);
    feed.responseReceived();
    if (responses.length === spec.cancelAfter) abort.abort();
  };
  try {
    const reply = start(takesStream ? feed.requests() : (spec.requests[0] ?? {}), hooks);
    if (isIterable(reply)) for await (const message of reply) take(message);
    else take(await reply);
    return { code: 0, message: "", details: [], responses, headers, trailers };
  } catch (error) {
    return { trailers, ...readError(error), responses, headers };
  }
}
