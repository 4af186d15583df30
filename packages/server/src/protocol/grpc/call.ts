// One gRPC call on the server: the HTTP/2 stream on one side, the handler on the other.
import type { DescMethod, Message } from "@bufbuild/protobuf";
import {
  type ContextValues,
  ENVELOPE_BYTES,
  type InflaterSink,
  type MessageInflater,
  type Metadata,
  metadataFromFields,
  type Reply,
  type RpcError,
} from "@trunkline/core";
import {
  ErrorCode,
  type HeaderList,
  type StreamResetReason,
  type StreamSink,
} from "@trunkline/http2";
import { CallContext, type CallHost } from "../../dispatch/call-context.js";
import { markOrigin } from "../../dispatch/replaced-call.js";
import { openResponses } from "../../dispatch/response-iterable.js";
import type { HttpConnection } from "../../http/http-connection.js";
import type { ClientPeer } from "../../http/peer.js";
import type { WaitingAnswer } from "../../http/response-gate.js";
import type { CallObservers } from "../../telemetry/call-observers.js";
import type { RecordedCall, ServerCallRecord } from "../../telemetry/server-call-record.js";
import { readAuthority } from "./authority.js";
import type { CallHead } from "./call-head.js";
import { CallOutput } from "./call-output.js";
import {
  deadlineError,
  resetError,
  singleRequestError,
  toCallError,
  toDecodeError,
} from "./failures.js";
import { RequestStream, type RequestStreamOwner } from "./request-stream.js";
import { isPromise, ResponseStream, type ResponseStreamOwner } from "./response-stream.js";
import { isWholeMessage, SingleRequest, type SingleRequestOwner } from "./single-request.js";

/**
 * One gRPC call on the server. It is the stream's sink and the deadline's entry in one object, and
 * makes whatever else a call may need only when the call needs it.
 *
 * The call ends exactly once: by `responsesEnded`, `fail`, `expired` or `streamReset`. Whatever
 * happens after that (a late answer, a late exception, more data) has no effect.
 */
export class GrpcCall
  extends CallOutput
  implements
    StreamSink,
    CallHost,
    RecordedCall,
    SingleRequestOwner,
    RequestStreamOwner,
    ResponseStreamOwner,
    WaitingAnswer
{
  deadline: number | undefined = undefined;
  abortReason: RpcError | undefined = undefined;
  readonly #headers: HeaderList;
  /** The request of a call that takes one, until the client has ended. */
  #request: Message | undefined = undefined;
  #assembly: SingleRequest | undefined = undefined;
  #requests: RequestStream | undefined = undefined;
  /** The one answer, while it waits at the gate of the connection. */
  #answer: unknown = undefined;
  /** What guards, interceptors and handler have begun and not finished. */
  #running = 0;

  constructor(connection: HttpConnection, id: number, headers: HeaderList, head: CallHead) {
    super(connection, id, head);
    this.#headers = headers;
  }

  get method(): DescMethod {
    return this.head.entry.method;
  }

  /** The path of the method, for reports. */
  get path(): string {
    return this.head.entry.path;
  }

  get format(): string {
    return this.head.entry.format;
  }

  get authority(): string {
    return readAuthority(this.#headers.fields);
  }

  get peer(): ClientPeer {
    return this.connection.peer;
  }

  get maxReceiveBytes(): number {
    return this.head.entry.limits.maxReceiveMessageBytes;
  }

  nowMs(): number {
    return this.head.setup.wheel.now();
  }

  createInflater(sink: InflaterSink): MessageInflater | undefined {
    return this.head.coding.createInflater(sink, this.maxReceiveBytes, this.connection);
  }

  get requestCompression(): string {
    return this.head.coding.requestName;
  }

  get acceptedCompressions(): readonly string[] {
    return this.head.coding.accepted;
  }

  get timeoutMs(): number | undefined {
    return this.head.timeout?.ms;
  }

  get earlyContext(): ContextValues | undefined {
    return this.record?.knownContext;
  }

  readRequestMetadata(): Metadata {
    const known = this.record?.knownMetadata;
    if (known !== undefined) return known;
    const { droppedMetadata } = this.head.setup;
    return metadataFromFields(this.#headers.fields, (name, why) =>
      droppedMetadata.dropped(this.connection, this.peer.address, name, why),
    );
  }

  #observe(observers: CallObservers): void {
    const request = { peer: this.peer, fields: this.#headers.fields };
    this.record = observers.begin(this.entry, request, this);
  }

  /** Starts the clock, and the handler if it takes a stream. */
  begin(clientEnded: boolean): void {
    const { timeout, entry, setup } = this.head;
    this.clientEnded = clientEnded;
    if (setup.observers.isListening) this.#observe(setup.observers);
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
    if (clientEnded) this.#endRequests(this.#requests);
    this.#run(undefined, this.#requests.queue);
  }

  dataReceived(bytes: Uint8Array, endStream: boolean): void {
    if (endStream) this.clientEnded = true;
    if (this.#requests !== undefined) {
      this.#requests.receive(bytes);
      if (endStream) this.#endRequests(this.#requests);
      return;
    }
    this.giveBack(bytes.length);
    if (this.ended) return;
    if (bytes.length > 0) this.#receiveOne(bytes);
    if (endStream && !this.ended) this.#runOne();
  }

  /** Request trailers mean nothing in gRPC but the end of the requests. */
  trailersReceived(): void {
    this.clientEnded = true;
    if (this.#requests !== undefined) this.#endRequests(this.#requests);
    else if (!this.ended) this.#runOne();
  }

  #endRequests(requests: RequestStream): void {
    if (this.record !== undefined && !this.ended) this.#recordRequestsEnd(this.record);
    requests.end();
  }

  #recordRequestsEnd(record: ServerCallRecord): void {
    this.head.setup.observers.requestsEnded(record);
  }

  streamReset(reason: StreamResetReason): void {
    this.release();
    if (this.ended) return;
    if (this.record !== undefined) this.record.isCancelled = true;
    this.#abort(resetError(reason));
  }

  writable(): void {
    this.release();
    if (this.deflater === undefined || this.deflater.isIdle) this.responses?.writable();
  }

  /** Only clients receive response heads. */
  headersReceived(): void {}

  /** The deadline has passed: the call ends, whatever the handler and the client are doing. */
  override expired(): void {
    if (this.ended) return;
    const error = deadlineError(this.head.timeout!);
    // Trailers would wait behind responses that the client does not take.
    if (this.responses?.isBlocked && this.deflater?.isIdle !== false) {
      this.connection.engine.resetStream(this.id, ErrorCode.CANCEL);
    } else this.sendError(error);
    this.#abort(error);
  }

  giveBack(byteCount: number): void {
    if (byteCount > 0) this.connection.engine.consume(this.id, byteCount);
  }

  #receiveOne(bytes: Uint8Array): void {
    const isFirst = this.#request === undefined && this.#assembly === undefined;
    if (isFirst && isWholeMessage(bytes, this.maxReceiveBytes)) {
      this.requestReceived(
        bytes,
        ENVELOPE_BYTES,
        bytes.length,
        false,
        bytes.length - ENVELOPE_BYTES,
      );
      return;
    }
    this.#assembly ??= new SingleRequest(this);
    this.#assembly.push(bytes);
  }

  requestReceived(
    bytes: Uint8Array,
    start: number,
    end: number,
    owned: boolean,
    wireByteCount: number,
  ): unknown {
    if (this.ended) return undefined;
    if (this.#request !== undefined) {
      this.fail(singleRequestError(this.method, "more than one has been sent"));
      return undefined;
    }
    try {
      this.#request = this.entry.requestCodec.decode(bytes, start, end, owned);
      if (this.record !== undefined)
        this.requestDecoded(this.#request, bytes, start, end, wireByteCount);
    } catch (error) {
      this.fail(toDecodeError(this.method, error));
    }
    return this.#request;
  }

  /** For observers only. */
  requestDecoded(
    message: unknown,
    bytes: Uint8Array,
    start: number,
    end: number,
    wireByteCount: number,
  ): void {
    const { observers } = this.head.setup;
    if (observers.hearsMessages) {
      observers.received(this.record!, {
        message,
        bytes: bytes.subarray(start, end),
        wireByteCount,
      });
    } else this.record!.countReceived(end - start, wireByteCount);
  }

  requestComplete(): void {
    if (!this.ended) this.#runOne();
  }

  #runOne(): void {
    if (this.#assembly !== undefined && !this.#assembly.finish()) return;
    if (this.record !== undefined) this.#recordRequestsEnd(this.record);
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
    const { guard } = this.entry;
    const context = new CallContext(this, message, messages);
    this.context = context;
    if (guard === undefined) {
      this.#handle(context);
      return;
    }
    try {
      const pending = guard(context);
      if (pending === undefined) this.#handle(context);
      else this.#await(pending, this.#admitted);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Guards that had to wait have let the call pass. */
  #admitted(): void {
    if (!this.ended) this.#handle(this.context!);
  }

  #handle(context: CallContext): void {
    const { handler, chain, givesOne } = this.entry;
    try {
      if (chain !== undefined) {
        markOrigin(context);
        this.#await(chain(context), this.#reply);
        return;
      }
      const output = handler(context.message ?? context.messages, context);
      if (isPromise(output)) this.#await(output, givesOne ? this.#succeed : this.#stream);
      else if (givesOne) this.#succeed(output);
      else this.#stream(output);
    } catch (error) {
      this.fail(error);
    }
  }

  #await<T>(promise: PromiseLike<T>, proceed: (value: T) => void): void {
    this.#handlerBegun();
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

  #handlerBegun(): void {
    this.connection.liveHandlers++;
    this.#running++;
  }

  handlerSettled(): void {
    this.connection.liveHandlers--;
    this.#running--;
    if (this.ended && this.#running === 0) this.context?.finished();
  }

  /** What came back through the interceptors. */
  #reply(reply: Reply): void {
    this.context!.replaceMetadata(reply.headers, reply.trailers);
    if (this.entry.givesOne) this.#succeed(reply.message);
    else this.#stream(reply.messages);
  }

  #stream(output: unknown): void {
    const responses = new ResponseStream(this, openResponses(this.method, output));
    if (this.ended) {
      responses.cancel();
      return;
    }
    this.responses = responses;
    this.#handlerBegun();
    responses.start();
  }

  #succeed(value: unknown): void {
    if (this.ended) return;
    const { gate } = this.connection;
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
    if (this.ended || this.connection.engine.isClosed) return;
    this.#proceed(this.#finish, value);
  }

  #finish(value: unknown): void {
    if (this.endsLate()) return;
    const { engine } = this.connection;
    const before = engine.stats.queuedBytes;
    const isTaken = this.sendResponse(value);
    const waiting = engine.stats.queuedBytes - before;
    // Nobody tells when an answer is taken whose client still sends: the stream is let go of.
    if (!isTaken && waiting > 0 && this.clientEnded) this.hold(waiting);
    this.sendOk();
  }

  /** The wheel may be late, when a handler has held up the event loop: an answer after the deadline is none. */
  protected override endsLate(): boolean {
    if (this.deadline === undefined || this.ended || this.nowMs() < this.deadline) return false;
    this.expired();
    return true;
  }

  override responsesEnded(): void {
    if (this.ended || this.endsLate()) return;
    this.sendOk();
  }

  /** Ends the call with what was thrown; nothing internal is told to the client. */
  override fail(reason: unknown): void {
    if (this.ended) return;
    const error = toCallError(reason, this.entry.path, this.head.setup.log);
    this.sendError(error);
    this.end(error);
  }

  /** The call is over while its handler may be running. */
  #abort(error: RpcError): void {
    this.abortReason = error;
    this.end(error);
    this.context?.abort(error);
  }

  protected override end(error: RpcError | undefined): void {
    this.ended = true;
    if (error !== undefined) this.connection.failedCalls++;
    this.#answer = undefined;
    this.deflater?.stop();
    this.head.setup.wheel.remove(this);
    this.#assembly?.stop();
    this.#requests?.close(error);
    if (error !== undefined) this.responses?.cancel();
    this.context?.closed(error);
    if (this.#running === 0) this.context?.finished();
    if (this.record !== undefined) this.head.setup.observers.end(this.record, error);
  }
}
