// The service that the runner's clients call: it answers as each request asks it to.
import { setTimeout as sleep } from "node:timers/promises";
import {
  create,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import type { RpcError, ServerCall, ServiceImplementation } from "@trunkline/server";
import {
  BidiStreamRequestSchema,
  ClientStreamRequestSchema,
  type ConformancePayload_RequestInfo,
  ConformancePayload_RequestInfoSchema,
  type ConformancePayloadSchema,
  type ConformanceService,
  type Error as ErrorMessage,
  IdempotentUnaryRequestSchema,
  ServerStreamRequestSchema,
  type StreamResponseDefinition,
  UnaryRequestSchema,
  type UnaryResponseDefinition,
} from "./gen/connectrpc/conformance/v1/service_pb.js";
import { addHeaders, toHeaders, toRpcError } from "./translation.js";

type Payload = MessageInitShape<typeof ConformancePayloadSchema>;
type Definition = UnaryResponseDefinition | StreamResponseDefinition;

/** Everything but `unimplemented`, which has to stay unimplemented. */
export const conformanceService: ServiceImplementation<typeof ConformanceService> = {
  async unary(request, call) {
    const requests = [anyPack(UnaryRequestSchema, request)];
    return { payload: await answerOnce(request.responseDefinition, requests, call) };
  },

  async idempotentUnary(request, call) {
    const requests = [anyPack(IdempotentUnaryRequestSchema, request)];
    return { payload: await answerOnce(request.responseDefinition, requests, call) };
  },

  async clientStream(requests, call) {
    const [first, all] = await readAll(ClientStreamRequestSchema, requests);
    return { payload: await answerOnce(first?.responseDefinition, all, call) };
  },

  async *serverStream(request, call) {
    const answers = new Answers(request.responseDefinition, call);
    answers.requests.push(anyPack(ServerStreamRequestSchema, request));
    while (answers.remain) yield { payload: await answers.next() };
    answers.end();
  },

  async *bidiStream(requests, call) {
    let answers: Answers | undefined;
    let fullDuplex = false;
    for await (const request of requests) {
      if (answers === undefined) {
        answers = new Answers(request.responseDefinition, call);
        fullDuplex = request.fullDuplex;
      }
      answers.requests.push(anyPack(BidiStreamRequestSchema, request));
      if (!fullDuplex) continue;
      if (!answers.remain) break;
      yield { payload: await answers.next() };
    }
    while (answers?.remain) yield { payload: await answers.next() };
    answers?.end();
  },
};

/** All requests as they are to be told back, and the first one as it came. */
async function readAll<D extends DescMessage>(
  schema: D,
  requests: AsyncIterable<MessageShape<D>>,
): Promise<[first: MessageShape<D> | undefined, all: Any[]]> {
  let first: MessageShape<D> | undefined;
  const all: Any[] = [];
  for await (const request of requests) {
    first ??= request;
    all.push(anyPack(schema, request));
  }
  return [first, all];
}

/** The answer of a method with one response. */
async function answerOnce(
  definition: UnaryResponseDefinition | undefined,
  requests: readonly Any[],
  call: ServerCall,
): Promise<Payload> {
  const requestInfo = describe(call, requests);
  if (definition === undefined) return { requestInfo };
  setMetadata(call, definition);
  await pause(definition.responseDelayMs, call);
  const { response } = definition;
  if (response.case === "error") throw failure(response.value, requestInfo);
  return response.case === "responseData" ? { data: response.value, requestInfo } : { requestInfo };
}

/** The answers of a method with many responses, one after the other. */
class Answers {
  /** What was read since the last answer. */
  readonly requests: Any[] = [];
  readonly #definition: StreamResponseDefinition | undefined;
  readonly #call: ServerCall;
  #sent = 0;

  constructor(definition: StreamResponseDefinition | undefined, call: ServerCall) {
    this.#definition = definition;
    this.#call = call;
    if (definition === undefined) return;
    setMetadata(call, definition);
    // Clients may wait for them before they go on.
    call.sendHeaders();
  }

  get remain(): boolean {
    return this.#sent < (this.#definition?.responseData.length ?? 0);
  }

  /** The next answer, after the delay that was asked for. */
  async next(): Promise<Payload> {
    // Only called while some remain.
    const { responseData, responseDelayMs } = this.#definition!;
    const requestInfo = this.#describe();
    await pause(responseDelayMs, this.#call);
    const data = responseData[this.#sent++]!;
    return requestInfo === undefined ? { data } : { data, requestInfo };
  }

  /** Throws the error that was asked for, if one was. */
  end(): void {
    const error = this.#definition?.error;
    if (error === undefined) return;
    throw failure(error, this.#sent === 0 ? describe(this.#call, this.requests) : undefined);
  }

  /** The first answer tells everything about the call, later ones what was read since then. */
  #describe(): ConformancePayload_RequestInfo | undefined {
    const requests = this.requests.splice(0);
    if (this.#sent === 0) return describe(this.#call, requests);
    return requests.length === 0
      ? undefined
      : create(ConformancePayload_RequestInfoSchema, { requests });
  }
}

function setMetadata(call: ServerCall, definition: Definition): void {
  addHeaders(call.responseHeaders, definition.responseHeaders);
  addHeaders(call.responseTrailers, definition.responseTrailers);
}

function describe(call: ServerCall, requests: readonly Any[]): ConformancePayload_RequestInfo {
  const remainingMs = call.timeRemainingMs();
  return create(ConformancePayload_RequestInfoSchema, {
    requestHeaders: toHeaders(call.metadata),
    requests: [...requests],
    ...(remainingMs === undefined ? {} : { timeoutMs: BigInt(Math.trunc(remainingMs)) }),
  });
}

function failure(error: ErrorMessage, info: ConformancePayload_RequestInfo | undefined): RpcError {
  if (info !== undefined) error.details.push(anyPack(ConformancePayload_RequestInfoSchema, info));
  return toRpcError(error);
}

async function pause(delayMs: number, call: ServerCall): Promise<void> {
  if (delayMs > 0) await sleep(delayMs, undefined, { signal: call.signal });
}
