// One gRPC call on the server: the HTTP/2 stream on one side, the handler on the other.
import type { DescMethod, Message } from "@bufbuild/protobuf";
import {
  DeadlineEntry,
  type DeflaterOwner,
  ENVELOPE_BYTES,
  type InflaterSink,
  identity,
  MessageDeflater,
  type MessageInflater,
  type Metadata,
  metadataFromFields,
  type OutgoingCompression,
  type Reply,
  type RpcError,
  sendMessage,
} from "@trunkline/core";
import {
  ErrorCode,
  type HeaderList,
  type StreamResetReason,
  type StreamSink,
} from "@trunkline/http2";
import { CallContext, type CallHost } from "../../dispatch/call-context.js";
import type { MethodEntry } from "../../dispatch/method-entry.js";
import { markOrigin } from "../../dispatch/replaced-call.js";
import { openResponses } from "../../dispatch/response-iterable.js";
import { stopReading } from "../../http/ended-stream.js";
import type { HttpConnection } from "../../http/http-connection.js";
import type { ClientPeer } from "../../http/peer.js";
import { ResponseGate, type WaitingAnswer } from "../../http/response-gate.js";
import type { CallHead } from "./call-head.js";
import {
  deadlineError,
  resetError,
  singleRequestError,
  toCallError,
  toDecodeError,
  toHeadersError,
} from "./failures.js";
import { RequestStream, type RequestStreamOwner } from "./request-stream.js";
import { isPromise, ResponseStream, type ResponseStreamOwner } from "./response-stream.js";
import { isWholeMessage, SingleRequest, type SingleRequestOwner } from "./single-request.js";
import { sendTrailers, toErrorTrailers, toOkTrailers, withMetadata } from "./status.js";

/**
 * One gRPC call on the server. It is the stream's sink and the deadline's entry in one object, and
 * makes whatever else a call may need only when the call needs it.
 *
 * The call ends exactly once: by `responsesEnded`, `fail`, `expired` or `streamReset`. Whatever
 * happens after that (a late answer, a late exception, more data) has no effect.
 */
export class GrpcCall
  extends DeadlineEntry
  implements
    StreamSink,
    CallHost,
    SingleRequestOwner,
    RequestStreamOwner,
    ResponseStreamOwner,
    DeflaterOwner,
    WaitingAnswer
{
  deadline: number | undefined = undefined;
  abortReason: RpcError | undefined = undefined;
  readonly #connection: HttpConnection;
  readonly #id: number;
  readonly #headers: HeaderList;
  readonly #head: CallHead;
  #ended = false;
  #headSent = false;
  #clientEnded = false;
  /** The request of a call that takes one, until the client has ended. */
  #request: Message | undefined = undefined;
  #assembly: SingleRequest | undefined = undefined;
  #requests: RequestStream | undefined = undefined;
  #responses: ResponseStream | undefined = undefined;
  #context: CallContext | undefined = undefined;
  /** What responses are compressed with; undefined: nothing. */
  #compression: OutgoingCompression | undefined;
  #deflater: MessageDeflater | undefined = undefined;
  /** The call ends when the deflater is done. */
  #endsDeflated = false;
  /** The one answer, while it waits at the gate of the connection. */
  #answer: unknown = undefined;
  /** What the gate holds on account of this call, in bytes. */
  #held = 0;

  constructor(connection: HttpConnection, id: number, headers: HeaderList, head: CallHead) {
    super();
    this.#connection = connection;
    this.#id = id;
    this.#headers = headers;
    this.#head = head;
    this.#compression = head.coding.response;
  }

  get entry(): MethodEntry {
    return this.#head.entry;
  }

  get method(): DescMethod {
    return this.#head.entry.method;
  }

  get format(): string {
    return this.#head.entry.format;
  }

  get peer(): ClientPeer {
    return this.#connection.peer;
  }

  get maxReceiveBytes(): number {
    return this.#head.entry.limits.maxReceiveMessageBytes;
  }

  nowMs(): number {
    return this.#head.setup.wheel.now();
  }

  createInflater(sink: InflaterSink): MessageInflater | undefined {
    return this.#head.coding.createInflater(sink, this.maxReceiveBytes, this.#connection);
  }

  get requestCompression(): string {
    return this.#head.coding.requestName;
  }

  get acceptedCompressions(): readonly string[] {
    return this.#head.coding.accepted;
  }

  get responseCompression(): string {
    return this.#compression?.encoding.name ?? identity;
  }

  set responseCompression(name: string) {
    this.#compression = this.#head.coding.choose(name, this.#headSent);
  }

  readRequestMetadata(): Metadata {
    const { droppedMetadata } = this.#head.setup;
    return metadataFromFields(this.#headers.fields, (name, why) =>
      droppedMetadata.dropped(this.#connection, this.peer.address, name, why),
    );
  }

  /** Starts the clock, and the handler if it takes a stream. */
  begin(clientEnded: boolean): void {
    const { timeout, entry, setup } = this.#head;
    this.#clientEnded = clientEnded;
    if (timeout !== undefined) {
      this.deadline = setup.wheel.now() + timeout.ms;
      if (timeout.ms <= 0) {
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

  /** Request trailers mean nothing in gRPC but the end of the requests. */
  trailersReceived(): void {
    this.#clientEnded = true;
    if (this.#requests !== undefined) this.#requests.end();
    else if (!this.#ended) this.#runOne();
  }

  streamReset(reason: StreamResetReason): void {
    this.#release();
    if (!this.#ended) this.#abort(resetError(reason));
  }

  writable(): void {
    this.#release();
    if (this.#deflater === undefined || this.#deflater.isIdle) this.#responses?.writable();
  }

  /** Only clients receive response heads. */
  headersReceived(): void {}

  /** The deadline has passed: the call ends, whatever the handler and the client are doing. */
  override expired(): void {
    if (this.#ended) return;
    const error = deadlineError(this.#head.timeout!);
    // Trailers would wait behind responses that the client does not take.
    if (this.#responses?.isBlocked && this.#deflater?.isIdle !== false) {
      this.#connection.engine.resetStream(this.#id, ErrorCode.CANCEL);
    } else this.#sendError(error);
    this.#abort(error);
  }

  giveBack(byteCount: number): void {
    if (byteCount > 0) this.#connection.engine.consume(this.#id, byteCount);
  }

  #receiveOne(bytes: Uint8Array): void {
    const isFirst = this.#request === undefined && this.#assembly === undefined;
    if (isFirst && isWholeMessage(bytes, this.maxReceiveBytes)) {
      this.requestReceived(bytes, ENVELOPE_BYTES, bytes.length, false);
      return;
    }
    this.#assembly ??= new SingleRequest(this);
    this.#assembly.push(bytes);
  }

  requestReceived(bytes: Uint8Array, start: number, end: number, owned: boolean): unknown {
    if (this.#ended) return undefined;
    if (this.#request !== undefined) {
      this.fail(singleRequestError(this.method, "more than one has been sent"));
      return undefined;
    }
    try {
      this.#request = this.entry.requestCodec.decode(bytes, start, end, owned);
    } catch (error) {
      this.fail(toDecodeError(this.method, error));
    }
    return this.#request;
  }

  requestComplete(): void {
    if (!this.#ended) this.#runOne();
  }

  #runOne(): void {
    if (this.#assembly !== undefined && !this.#assembly.finish()) return;
    const request = this.#request;
    if (request === undefined) {
      this.fail(singleRequestError(this.method, "none has been sent"));
      return;
    }
    this.#assembly = undefined;
    this.#request = undefined;
    this.#run(request, undefined);
  }

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

  #await<T>(promise: PromiseLike<T>, proceed: (value: T) => void): void {
    this.#connection.liveHandlers++;
    promise.then(
      (value) => {
        this.handlerSettled();
        this.#proceed(proceed, value);
      },
      (reason) => {
        this.handlerSettled();
        this.fail(reason);
      },
    );
  }

  #proceed<T>(proceed: (value: T) => void, value: T): void {
    try {
      proceed.call(this, value);
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
    const responses = new ResponseStream(this, openResponses(this.method, output));
    if (this.#ended) {
      responses.cancel();
      return;
    }
    this.#responses = responses;
    this.#connection.liveHandlers++;
    responses.start();
  }

  #succeed(value: unknown): void {
    if (this.#ended) return;
    const { gate } = this.#connection;
    if (gate?.isClosed) {
      this.#answer = value;
      gate.wait(this);
    } else this.#finish(value);
  }

  /** The gate is open again. */
  proceed(): void {
    const value = this.#answer;
    this.#answer = undefined;
    // The end of a connection opens its gate, too: nothing is encoded for nobody.
    if (this.#ended || this.#connection.engine.isClosed) return;
    this.#proceed(this.#finish, value);
  }

  #finish(value: unknown): void {
    if (this.#endsLate()) return;
    const { engine } = this.#connection;
    const before = engine.stats.queuedBytes;
    const isTaken = this.sendResponse(value);
    const waiting = engine.stats.queuedBytes - before;
    // Nobody tells when an answer is taken whose client still sends: the stream is let go of.
    if (!isTaken && waiting > 0 && this.#clientEnded) this.#hold(waiting);
    this.#sendOk();
  }

  /** The wheel may be late, when a handler has held up the event loop: an answer after the deadline is none. */
  #endsLate(): boolean {
    if (this.deadline === undefined || this.#ended || this.nowMs() < this.deadline) return false;
    this.expired();
    return true;
  }

  deflated(hasRoom: boolean, byteCount: number): void {
    if (this.#endsDeflated) {
      if (!hasRoom && this.#clientEnded && this.entry.givesOne) this.#hold(byteCount);
      this.responsesEnded();
    } else if (hasRoom) this.#responses?.writable();
  }

  #hold(byteCount: number): void {
    this.#held = byteCount;
    this.#connection.gate ??= new ResponseGate();
    this.#connection.gate.hold(byteCount);
  }

  #release(): void {
    if (this.#held === 0) return;
    const byteCount = this.#held;
    this.#held = 0;
    this.#connection.gate?.release(byteCount);
  }

  sendResponse(value: unknown): boolean {
    const { entry } = this;
    const message = entry.toResponse(value);
    this.sendResponseHeaders();
    const { engine } = this.#connection;
    if (this.#compression === undefined) {
      const ending = this.#responses === undefined ? "trailers" : "more";
      return sendMessage(engine, this.#id, entry.responseCodec, message, ending);
    }
    this.#deflater ??= new MessageDeflater(engine, this.#id, this.#compression, this);
    return this.#deflater.send(entry.responseCodec, message, false);
  }

  /** @throws RpcError RESOURCE_EXHAUSTED when they are larger than the client takes. */
  sendResponseHeaders(): void {
    if (this.#headSent || this.#ended) return;
    const { responseHead, coding } = this.#head;
    const compression = this.#compression;
    const base = compression === undefined ? responseHead : coding.head(compression);
    const head = withMetadata(base, this.#context?.knownHeaders);
    try {
      this.#connection.engine.sendHeaders(this.#id, head, false);
    } catch (cause) {
      throw toHeadersError(this.entry, cause);
    }
    this.#headSent = true;
  }

  responsesEnded(): void {
    if (this.#ended || this.#endsLate()) return;
    this.#sendOk();
  }

  #sendOk(): void {
    if (this.#ended) return;
    if (this.#deflater?.isIdle === false) {
      this.#endsDeflated = true;
      return;
    }
    this.sendResponseHeaders();
    const { engine } = this.#connection;
    const trailers = toOkTrailers(this.#context?.knownTrailers);
    sendTrailers(engine, this.#id, trailers, undefined, undefined);
    if (!this.#clientEnded) stopReading(engine, this.#id);
    this.#end(undefined);
  }

  /** Ends the call with what was thrown; nothing internal is told to the client. */
  fail(reason: unknown): void {
    if (this.#ended) return;
    const error = toCallError(reason, this.entry.path, this.#head.setup.log);
    this.#sendError(error);
    this.#end(error);
  }

  #sendError(error: RpcError): void {
    const { engine } = this.#connection;
    this.#sendHeadersOfFailure();
    const head = this.#headSent ? undefined : this.#head.responseHead;
    const trailers = toErrorTrailers(error, this.#context?.knownTrailers, head);
    sendTrailers(engine, this.#id, trailers, error, head);
    if (!this.#clientEnded) stopReading(engine, this.#id);
  }

  /** Metadata that was meant for the response's head shall not turn up among the trailers. */
  #sendHeadersOfFailure(): void {
    const headers = this.#context?.knownHeaders;
    if (this.#headSent || headers === undefined || headers.size === 0) return;
    try {
      this.sendResponseHeaders();
    } catch {
      // Too large for the client; the error matters more.
    }
  }

  /** The call is over while its handler may be running. */
  #abort(error: RpcError): void {
    this.abortReason = error;
    this.#end(error);
    this.#context?.abort(error);
  }

  #end(error: RpcError | undefined): void {
    this.#ended = true;
    this.#answer = undefined;
    this.#deflater?.stop();
    this.#head.setup.wheel.remove(this);
    this.#assembly?.stop();
    this.#requests?.close(error);
    if (error !== undefined) this.#responses?.cancel();
    this.#context?.closed(error);
  }
}
