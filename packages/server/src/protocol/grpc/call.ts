// One gRPC call on the server: the HTTP/2 stream on one side, the handler on the other.
import type { DescMethod, Message } from "@bufbuild/protobuf";
import {
  Code,
  DeadlineEntry,
  Deframer,
  type DeframerSink,
  ENVELOPE_BYTES,
  type Metadata,
  metadataFromFields,
  neutralStatus,
  nowMs,
  type Reply,
  RpcError,
  type Status,
} from "@trunkline/core";
import {
  ErrorCode,
  type HeaderBlock,
  type HeaderList,
  type StreamResetReason,
  type StreamSink,
} from "@trunkline/http2";
import { CallContext, type CallHost } from "../../dispatch/call-context.js";
import type { MethodEntry } from "../../dispatch/method-entry.js";
import { markOrigin } from "../../dispatch/replaced-call.js";
import { openResponses } from "../../dispatch/response-iterable.js";
import { toResponseMessage } from "../../dispatch/response-message.js";
import { stopReading } from "../../http/ended-stream.js";
import type { HttpConnection } from "../../http/http-connection.js";
import type { ClientPeer } from "../../http/peer.js";
import type { CallHead } from "./call-head.js";
import { RequestStream, type RequestStreamOwner, toDecodeError } from "./request-stream.js";
import { ResponseStream, type ResponseStreamOwner } from "./response-stream.js";
import { sendMessage } from "./send-message.js";
import { toErrorTrailers, toOkTrailers, withMetadata } from "./status.js";

/**
 * One gRPC call on the server. It is the stream's sink and the deadline's entry in one object, and
 * makes whatever else a call may need only when the call needs it.
 *
 * The call ends exactly once: by `#succeed`, `fail`, `expired` or `streamReset`. Whatever happens
 * after that (a late answer, a late exception, more data) has no effect.
 */
export class GrpcCall
  extends DeadlineEntry
  implements StreamSink, CallHost, DeframerSink, RequestStreamOwner, ResponseStreamOwner
{
  readonly #connection: HttpConnection;
  readonly #id: number;
  readonly #headers: HeaderList;
  readonly #head: CallHead;
  deadline: number | undefined = undefined;
  abortReason: RpcError | undefined = undefined;
  #ended = false;
  #headSent = false;
  #clientEnded = false;
  /** The request of a call that takes one, until the client has ended. */
  #request: Message | undefined = undefined;
  #deframer: Deframer | undefined = undefined;
  #requests: RequestStream | undefined = undefined;
  #responses: ResponseStream | undefined = undefined;
  #context: CallContext | undefined = undefined;

  constructor(connection: HttpConnection, id: number, headers: HeaderList, head: CallHead) {
    super();
    this.#connection = connection;
    this.#id = id;
    this.#headers = headers;
    this.#head = head;
  }

  get entry(): MethodEntry {
    return this.#head.entry;
  }

  get method(): DescMethod {
    return this.#head.entry.method;
  }

  get peer(): ClientPeer {
    return this.#connection.peer;
  }

  get maxReceiveBytes(): number {
    return this.#head.setup.maxReceiveMessageBytes;
  }

  readRequestMetadata(): Metadata {
    return metadataFromFields(this.#headers.fields);
  }

  /** Starts the clock, and the handler if it takes a stream. */
  begin(clientEnded: boolean): void {
    const { timeoutMs, entry, setup } = this.#head;
    this.#clientEnded = clientEnded;
    if (timeoutMs !== undefined) {
      this.deadline = nowMs() + timeoutMs;
      if (timeoutMs <= 0) {
        this.expired();
        return;
      }
      setup.wheel.add(this.deadline, this);
    }
    if (entry.takesOne) {
      if (clientEnded) this.#runOne();
      return;
    }
    this.#requests = new RequestStream(this);
    if (clientEnded) this.#requests.end();
    this.#run(undefined, this.#requests.queue);
  }

  // --- the stream's side ---

  dataReceived(bytes: Uint8Array, endStream: boolean): void {
    if (endStream) this.#clientEnded = true;
    if (this.#requests !== undefined) {
      this.#requests.receive(bytes);
      if (endStream) this.#requests.end();
      return;
    }
    this.giveBack(bytes.length);
    if (this.#ended) return;
    if (bytes.length > 0) this.#receiveOne(bytes);
    if (endStream && !this.#ended) this.#runOne();
  }

  /** Request trailers mean nothing in gRPC; the client has ended. */
  trailersReceived(): void {
    this.#clientEnded = true;
    if (this.#requests !== undefined) this.#requests.end();
    else if (!this.#ended) this.#runOne();
  }

  streamReset(reason: StreamResetReason): void {
    if (this.#ended) return;
    const message =
      reason.source === "peer"
        ? "the client has cancelled the call"
        : `the call was cut off: ${reason.message}`;
    this.#abort(new RpcError(Code.CANCELLED, message, { cause: reason }));
  }

  writable(): void {
    this.#responses?.writable();
  }

  headersReceived(): void {}

  override expired(): void {
    if (this.#ended) return;
    const error = new RpcError(
      Code.DEADLINE_EXCEEDED,
      `deadline of ${this.#head.timeoutMs} ms exceeded on the server`,
    );
    // Trailers would wait behind responses that the client does not take.
    if (this.#responses?.isBlocked) {
      this.#connection.engine.resetStream(this.#id, ErrorCode.CANCEL);
    } else {
      this.#sendTrailers(this.#toTrailers(error));
    }
    this.#abort(error);
  }

  giveBack(byteCount: number): void {
    if (byteCount > 0) this.#connection.engine.consume(this.#id, byteCount);
  }

  // --- the one request of a unary or server-streaming call ---

  #receiveOne(bytes: Uint8Array): void {
    if (this.#deframer === undefined) {
      const length = bytes.length - ENVELOPE_BYTES;
      if (this.#request === undefined && isWhole(bytes, length) && length <= this.maxReceiveBytes) {
        this.messageReceived(bytes, ENVELOPE_BYTES, bytes.length, 0, false);
        return;
      }
      this.#deframer = new Deframer(this, this.maxReceiveBytes);
    }
    this.#deframer.push(bytes);
  }

  messageReceived(
    bytes: Uint8Array,
    start: number,
    end: number,
    _flags: number,
    owned: boolean,
  ): void {
    if (this.#ended) return;
    if (this.#request !== undefined) {
      const message = `${this.method.name} takes one request, but more have been sent`;
      this.fail(new RpcError(Code.UNIMPLEMENTED, message));
      return;
    }
    try {
      this.#request = this.entry.requestCodec.decode(bytes, start, end, owned);
    } catch (error) {
      this.fail(toDecodeError(this.entry, error));
    }
  }

  deframingFailed(code: Code, message: string): void {
    this.fail(new RpcError(code, message));
  }

  #runOne(): void {
    if (this.#deframer !== undefined && !this.#deframer.finish()) return;
    const request = this.#request;
    if (request === undefined) {
      const message = `${this.method.name} takes one request, but none has been sent`;
      this.fail(new RpcError(Code.UNIMPLEMENTED, message));
      return;
    }
    this.#deframer = undefined;
    this.#request = undefined;
    this.#run(request, undefined);
  }

  // --- the handler's side ---

  #run(message: Message | undefined, messages: AsyncIterable<Message> | undefined): void {
    const { handler, chain, givesOne } = this.entry;
    const context = new CallContext(this, message, messages);
    this.#context = context;
    try {
      if (chain !== undefined) {
        markOrigin(context);
        this.#await(chain(context), this.#reply);
        return;
      }
      const output = handler(message ?? messages, context);
      if (isPromise(output)) this.#await(output, givesOne ? this.#succeed : this.#stream);
      else if (givesOne) this.#succeed(output);
      else this.#stream(output);
    } catch (error) {
      this.fail(error);
    }
  }

  #await<T>(promise: PromiseLike<T>, then: (value: T) => void): void {
    this.#connection.liveHandlers++;
    promise.then(
      (value) => {
        this.handlerSettled();
        this.#attempt(then, value);
      },
      (reason) => {
        this.handlerSettled();
        this.fail(reason);
      },
    );
  }

  #attempt<T>(then: (value: T) => void, value: T): void {
    try {
      then.call(this, value);
    } catch (error) {
      this.fail(error);
    }
  }

  handlerSettled(): void {
    this.#connection.liveHandlers--;
  }

  /** What came back through the interceptors. */
  #reply(reply: Reply): void {
    this.#context!.replaceMetadata(reply.headers, reply.trailers);
    if (this.entry.givesOne) this.#succeed(reply.message);
    else this.#stream(reply.messages);
  }

  #stream(output: unknown): void {
    const iterator = openResponses(this.method, output);
    const responses = new ResponseStream(this, iterator);
    if (this.#ended) {
      responses.cancel();
      return;
    }
    this.#responses = responses;
    this.#connection.liveHandlers++;
    responses.run();
  }

  #succeed(value: unknown): void {
    if (this.#ended) return;
    this.sendResponse(value);
    this.responsesEnded();
  }

  sendResponse(value: unknown): boolean {
    const { entry } = this;
    const message = toResponseMessage(entry.method.output, value);
    this.sendResponseHeaders();
    return sendMessage(this.#connection.engine, this.#id, entry.responseCodec, message);
  }

  sendResponseHeaders(): void {
    if (this.#headSent || this.#ended) return;
    this.#headSent = true;
    const head = withMetadata(this.#head.responseHead, this.#context?.knownHeaders);
    this.#connection.engine.sendHeaders(this.#id, head, false);
  }

  responsesEnded(): void {
    if (this.#ended) return;
    this.sendResponseHeaders();
    this.#sendTrailers(toOkTrailers(this.#context?.knownTrailers));
    this.#end(undefined);
  }

  /** Ends the call with what was thrown; nothing internal is told to the client. */
  fail(reason: unknown): void {
    if (this.#ended) return;
    const error = neutralStatus(reason);
    if (error !== reason) this.#logFailure(reason);
    this.#sendTrailers(this.#toTrailers(error));
    this.#end(error);
  }

  #logFailure(cause: unknown): void {
    this.#head.setup.log.error("a handler has failed unexpectedly", {
      method: this.entry.path,
      cause,
    });
  }

  // --- the end ---

  #toTrailers(error: RpcError): HeaderBlock {
    const head = this.#headSent ? undefined : this.#failureHead();
    try {
      return toErrorTrailers(error, this.#context?.knownTrailers, head);
    } catch {
      // What the error carries besides its code cannot be sent; the code can.
      return toErrorTrailers(new RpcError(error.code, error.message), undefined, head);
    }
  }

  #failureHead(): HeaderBlock {
    return withMetadata(this.#head.responseHead, this.#context?.knownHeaders);
  }

  #sendTrailers(trailers: HeaderBlock): void {
    const { engine } = this.#connection;
    engine.sendHeaders(this.#id, trailers, true);
    if (!this.#clientEnded) stopReading(engine, this.#id);
  }

  /** The call is over while its handler may be running. */
  #abort(error: RpcError): void {
    this.abortReason = error;
    this.#end(error);
    this.#context?.abort(error);
  }

  #end(error: RpcError | undefined): void {
    this.#ended = true;
    this.#head.setup.wheel.remove(this);
    this.#deframer?.stop();
    this.#requests?.abort(error ?? callOver);
    if (error !== undefined) this.#responses?.cancel();
    const context = this.#context;
    if (context?.isWatched) context.closed(toStatus(error, context));
  }
}

/** What a handler gets that goes on reading after its answer is complete. */
const callOver = new RpcError(Code.CANCELLED, "the call has been answered already");

/** Whether `bytes` are exactly one uncompressed message of `length` bytes with its envelope. */
function isWhole(bytes: Uint8Array, length: number): boolean {
  return (
    length >= 0 &&
    bytes[0] === 0 &&
    bytes[1]! * 0x1000000 + ((bytes[2]! << 16) | (bytes[3]! << 8) | bytes[4]!) === length
  );
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Partial<PromiseLike<unknown>>).then === "function"
  );
}

function toStatus(error: RpcError | undefined, context: CallContext): Status {
  const metadata = context.responseTrailers;
  if (error === undefined) return { code: Code.OK, message: "", details: [], metadata };
  return { code: error.code, message: error.message, details: error.details, metadata };
}
