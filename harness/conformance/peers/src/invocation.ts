// Makes the call that the runner asks for, and collects all that came of it.
import { setTimeout as sleep } from "node:timers/promises";
import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { type CallOptions, type Client, Metadata } from "@trunkline/client";
import {
  type ClientCompatRequest,
  type ClientResponseResult,
  ClientResponseResultSchema,
} from "./gen/connectrpc/conformance/v1/client_compat_pb.js";
import { StreamType } from "./gen/connectrpc/conformance/v1/config_pb.js";
import {
  BidiStreamRequestSchema,
  ClientStreamRequestSchema,
  type ConformancePayload,
  ConformancePayloadSchema,
  type ConformanceService,
  IdempotentUnaryRequestSchema,
  ServerStreamRequestSchema,
  UnaryRequestSchema,
  UnimplementedRequestSchema,
} from "./gen/connectrpc/conformance/v1/service_pb.js";
import { addHeaders, toErrorMessage, toHeaders } from "./translation.js";

/** A response of any method; an empty one has no payload. */
interface Response {
  readonly payload?: ConformancePayload | undefined;
}

/** One call: its instructions, and what came of it so far. */
export class Invocation {
  readonly #client: Client<typeof ConformanceService>;
  readonly #request: ClientCompatRequest;
  readonly #abort = new AbortController();
  readonly #payloads: ConformancePayload[] = [];
  #headers: Metadata | undefined;
  #trailers: Metadata | undefined;
  #unsent = 0;

  constructor(client: Client<typeof ConformanceService>, request: ClientCompatRequest) {
    this.#client = client;
    this.#request = request;
  }

  /** Makes the call; that it fails is a result like any other. */
  async run(): Promise<ClientResponseResult> {
    let error: ReturnType<typeof toErrorMessage> | undefined;
    try {
      await this.#call();
    } catch (reason) {
      error = toErrorMessage(reason);
    }
    return create(ClientResponseResultSchema, {
      responseHeaders: toHeaders(this.#headers),
      responseTrailers: toHeaders(this.#trailers),
      payloads: this.#payloads,
      numUnsentRequests: this.#unsent,
      ...(error === undefined ? {} : { error }),
    });
  }

  #call(): Promise<void> {
    switch (this.#request.method) {
      case "Unary":
        return this.#unary(this.#client.unary, UnaryRequestSchema);
      case "IdempotentUnary":
        return this.#unary(this.#client.idempotentUnary, IdempotentUnaryRequestSchema);
      case "Unimplemented":
        return this.#unary(this.#unimplemented, UnimplementedRequestSchema);
      case "ServerStream":
        return this.#serverStream();
      case "ClientStream":
        return this.#clientStream();
      case "BidiStream":
        return this.#bidiStream();
      default:
        throw new Error(`there is no method ${this.#request.method}`);
    }
  }

  readonly #unimplemented = async (request: object, options: CallOptions): Promise<Response> => {
    await this.#client.unimplemented(request, options);
    return {};
  };

  async #unary<D extends DescMessage>(
    method: (request: MessageShape<D>, options: CallOptions) => Promise<Response>,
    schema: D,
  ): Promise<void> {
    const [request] = this.#messages(schema);
    const response = method(request!, this.#options());
    void this.#cancelAfterClose();
    this.#received(await response);
  }

  async #serverStream(): Promise<void> {
    const [request] = this.#messages(ServerStreamRequestSchema);
    const responses = this.#client.serverStream(request!, this.#options());
    void this.#cancelAfterClose();
    for await (const response of responses) this.#received(response);
  }

  async #clientStream(): Promise<void> {
    const messages = this.#messages(ClientStreamRequestSchema);
    const call = this.#client.clientStream.open(this.#options());
    this.#unsent = messages.length;
    for (const message of messages) if (!(await this.#send(call, message))) break;
    this.#closeSend(call);
    this.#received(await call.response);
  }

  async #bidiStream(): Promise<void> {
    const messages = this.#messages(BidiStreamRequestSchema);
    const call = this.#client.bidiStream.open(this.#options());
    const fullDuplex = this.#request.streamType === StreamType.FULL_DUPLEX_BIDI_STREAM;
    this.#unsent = messages.length;
    for (const message of messages) {
      if (!(await this.#send(call, message))) break;
      if (fullDuplex && !(await this.#receiveOne(call.messages))) break;
    }
    this.#closeSend(call);
    while (await this.#receiveOne(call.messages));
  }

  /** Sends a message after the delay that was asked for. @returns false when the call has ended; its responses tell why. */
  async #send<T>(call: { send(message: T): Promise<void> }, message: T): Promise<boolean> {
    await sleep(this.#request.requestDelayMs);
    try {
      await call.send(message);
    } catch {
      return false;
    }
    this.#unsent--;
    return true;
  }

  #closeSend(call: { closeSend(): void }): void {
    if (this.#request.cancel?.cancelTiming.case === "beforeCloseSend") this.#abort.abort();
    call.closeSend();
    void this.#cancelAfterClose();
  }

  async #receiveOne(messages: AsyncIterator<Response, undefined>): Promise<boolean> {
    const { done, value } = await messages.next();
    if (done) return false;
    this.#received(value);
    return true;
  }

  #received({ payload }: Response): void {
    this.#payloads.push(payload ?? create(ConformancePayloadSchema));
    const timing = this.#request.cancel?.cancelTiming;
    if (timing?.case === "afterNumResponses" && timing.value === this.#payloads.length) {
      this.#abort.abort();
    }
  }

  /** Cancels when it is time, if the call is to be cancelled after its last request. */
  async #cancelAfterClose(): Promise<void> {
    const { cancel } = this.#request;
    if (cancel === undefined) return;
    const { cancelTiming } = cancel;
    if (cancelTiming.case !== undefined && cancelTiming.case !== "afterCloseSendMs") return;
    await sleep(cancelTiming.value ?? 0);
    this.#abort.abort();
  }

  #messages<D extends DescMessage>(schema: D): MessageShape<D>[] {
    return this.#request.requestMessages.map((packed) => {
      const message = anyUnpack(packed, schema);
      if (message === undefined) throw new Error(`${packed.typeUrl} is no ${schema.typeName}`);
      return message;
    });
  }

  #options(): CallOptions {
    const { requestHeaders, timeoutMs } = this.#request;
    return {
      metadata: addHeaders(new Metadata(), requestHeaders),
      timeoutMs,
      signal: this.#abort.signal,
      onHeader: (headers) => {
        this.#headers = headers;
      },
      onTrailer: (trailers) => {
        this.#trailers = trailers;
      },
    };
  }
}
