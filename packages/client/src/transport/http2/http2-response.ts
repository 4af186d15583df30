// The response half of an attempt: what comes in on its HTTP/2 stream, judged by the rules of PROTOCOL-HTTP2.md.
import {
  Code,
  Deframer,
  type DeframerSink,
  ENVELOPE_BYTES,
  FLAG_PLAIN,
  type InflatedMessage,
  type InflaterSink,
  isListRefused,
  MessageInflater,
  type Metadata,
  markCompressed,
  RpcError,
  statusFromFields,
  statusTextOf,
  toListError,
} from "@trunkline/core";
import type { Connection, HeaderList, StreamResetReason, StreamSink } from "@trunkline/http2";
import type { Reach } from "../../retry/transparent-retry.js";
import type { AttemptReceiver } from "../transport.js";
import type { AttemptHost } from "./attempt-host.js";
import { ForeignBody } from "./foreign-body.js";
import { describeFramingFault, toDecodeError } from "./message-faults.js";
import { isOneMessage } from "./one-message.js";
import { reachOf, toResetError } from "./reset-error.js";
import { faultOfHead, isOk, type ResponseHead, responseHeadOf } from "./response-head.js";

/** RFC 9113 s7 */
const noError = 0x0;
const cancelled = 0x8;

/** The lower part of an `Http2Attempt`, which is one object. Fields rather than private names: one is created for each call. */
export abstract class Http2Response implements StreamSink, DeframerSink, InflaterSink {
  id = 0;
  protected readonly host: AttemptHost;
  protected readonly connection: Connection;
  /** Undefined once the call has been told how it ended: whatever comes later is ignored. */
  protected receiver: AttemptReceiver | undefined;
  private deframer: Deframer | undefined = undefined;
  /** Made for responses that may be compressed. */
  private inflater: MessageInflater | undefined = undefined;
  /** The trailers, while messages before them are being decompressed. */
  private endingFields: readonly string[] | undefined = undefined;
  private foreign: ForeignBody | undefined = undefined;
  /** Received bytes of an unfinished message for which the peer has not been given credit yet, and those for which it has. */
  private withheldBytes = 0;
  private creditedAhead = 0;
  private isReceiving = false;

  constructor(host: AttemptHost, receiver: AttemptReceiver) {
    this.host = host;
    this.connection = host.connection;
    this.receiver = receiver;
  }

  /** There is room for requests again. */
  abstract writable(): void;

  get peer(): string {
    return this.host.peer;
  }

  readMetadata(fields: readonly string[]): Metadata {
    return this.host.readMetadata(fields);
  }

  /** Gives the attempt up (RST_STREAM CANCEL). */
  cancel(): void {
    if (this.receiver !== undefined) {
      this.detach();
      this.connection.resetStream(this.id, cancelled);
    }
  }

  consumed(byteCount: number): void {
    this.connection.consume(this.id, byteCount);
    this.inflater?.resume();
    // While a chunk is being cut up, it is not known yet what of it belongs to an unfinished message.
    if (!this.isReceiving) {
      this.creditHungry();
    }
  }

  get isReaderBehind(): boolean {
    return this.receiver !== undefined && this.receiver.bufferedMessages > 0;
  }

  private creditHungry(): void {
    const waits = this.inflater !== undefined && !this.inflater.isIdle;
    if (this.receiver?.bufferedMessages === 0 && !waits) {
      this.creditRest();
    }
  }

  /** The reader is hungry: whatever is withheld of an unfinished message would only stall the peer. */
  private creditRest(): void {
    const bytes = this.withheldBytes;
    if (bytes > 0) {
      this.withheldBytes = 0;
      this.creditedAhead += bytes;
      this.connection.consume(this.id, bytes);
    }
  }

  /** The channel whose call this is; undefined once it has ended. */
  get owner(): object | undefined {
    return this.receiver?.owner;
  }

  get isBackground(): boolean {
    return this.receiver?.isBackground === true;
  }

  get isMovable(): boolean {
    return this.receiver?.isMovable === true;
  }

  /** From here on the call hears nothing more from this attempt. */
  protected detach(): void {
    const receiver = this.receiver as AttemptReceiver;
    this.receiver = undefined;
    this.deframer?.stop();
    this.inflater?.stop();
    this.host.attemptEnded(receiver);
  }

  // --- what the engine tells

  headersReceived(headers: HeaderList, endStream: boolean): void {
    const receiver = this.receiver;
    if (receiver === undefined || this.isOversized(headers, "response headers")) {
      return;
    }
    const head = responseHeadOf(headers);
    if (head.accepted !== undefined) {
      this.host.serverAccepts = head.accepted;
    }
    const status = statusTextOf(headers.fields);
    if (
      endStream &&
      status !== undefined &&
      (isOk(status) ? head.mayCarryOk : head.mayCarryStatus)
    ) {
      this.statusReceived(headers.fields);
    } else if (!head.isGrpc) {
      this.foreign = new ForeignBody(head);
      if (endStream) {
        this.fail(this.foreign.toError(this.peer), headers.fields);
      }
    } else {
      const fault =
        faultOfHead(head, receiver.plan.format, endStream) ?? this.expectEncoding(head, receiver);
      fault === undefined
        ? receiver.headersReceived(headers.fields)
        : this.failWith(fault.code, fault.message);
    }
  }

  /** Prepares for what the messages are encoded with. @returns why that cannot be. */
  private expectEncoding(head: ResponseHead, receiver: AttemptReceiver): RpcError | undefined {
    const { encoding: name } = head;
    if (name === undefined) {
      return undefined;
    }
    const { compression } = this.host;
    const encoding = compression.accepted(name);
    if (encoding === undefined) {
      const text = `the response is encoded with grpc-encoding "${name}", but what was offered is ${compression.acceptField}`;
      return new RpcError(Code.INTERNAL, text);
    }
    const { connection } = this;
    const { maxReceiveMessageBytes: maxBytes } = receiver;
    const { offloadBytes } = compression;
    this.inflater = new MessageInflater(this, { encoding, maxBytes, offloadBytes, connection });
    return undefined;
  }

  dataReceived(bytes: Uint8Array, endStream: boolean): void {
    const receiver = this.receiver;
    if (receiver === undefined) {
      this.connection.consume(this.id, bytes.length);
      return;
    }
    this.withheldBytes += bytes.length;
    if (this.foreign !== undefined) {
      this.foreignData(this.foreign, bytes, endStream);
      return;
    }
    this.isReceiving = true;
    if (this.deframer === undefined && isOneMessage(bytes, receiver.maxReceiveMessageBytes)) {
      this.messageReceived(bytes, ENVELOPE_BYTES, bytes.length);
    } else {
      this.deframer ??= this.createDeframer(receiver);
      this.deframer.push(bytes);
    }
    this.isReceiving = false;
    this.creditHungry();
    if (endStream) {
      this.failWith(
        Code.INTERNAL,
        "the server closed the stream without trailers, so the status of the call is not known",
      );
    }
  }

  private createDeframer(receiver: AttemptReceiver): Deframer {
    const deframer = new Deframer(this, receiver.maxReceiveMessageBytes);
    deframer.compressionNegotiated = this.inflater !== undefined;
    return deframer;
  }

  /** One whole message; from the deframer, or straight from `dataReceived`. */
  messageReceived(
    bytes: Uint8Array,
    start: number,
    end: number,
    flags: number = FLAG_PLAIN,
    owned = false,
  ): void {
    if (this.receiver === undefined) {
      return;
    }
    const byteCount = end - start + ENVELOPE_BYTES - this.creditedAhead;
    this.creditedAhead = 0;
    this.withheldBytes -= byteCount;
    if (this.inflater !== undefined) {
      this.inflater.push(bytes.subarray(start, end), flags, owned, byteCount);
      return;
    }
    const message = this.decode(bytes, start, end, owned, end - start);
    this.receiver?.messageReceived(message, byteCount);
  }

  messageInflated({ bytes, owned, tag, wasCompressed, wireByteCount }: InflatedMessage): void {
    const message = this.decode(bytes, 0, bytes.length, owned, wireByteCount);
    if (wasCompressed) {
      markCompressed(message);
    }
    this.receiver?.messageReceived(message, tag);
  }

  inflatingFailed(code: Code, message: string): void {
    this.deframingFailed(code, message);
  }

  inflaterIdle(): void {
    const fields = this.endingFields;
    if (fields !== undefined) {
      this.statusReceived(fields);
    } else if (!this.isReceiving) {
      this.creditHungry();
    }
  }

  /** The message; when it cannot be decoded, the call fails and nobody is left to hear of it. */
  private decode(
    bytes: Uint8Array,
    start: number,
    end: number,
    owned: boolean,
    wireByteCount: number,
  ): unknown {
    const receiver = this.receiver;
    try {
      const message = receiver?.plan.response.decode(bytes, start, end, owned);
      const { record, observers } = receiver ?? {};
      if (record !== undefined && observers?.hearsMessages !== true) {
        record.countReceived(end - start, wireByteCount);
      } else if (record !== undefined) {
        observers?.received(record, { message, bytes: bytes.subarray(start, end), wireByteCount });
      }
      return message;
    } catch (error) {
      this.fail(toDecodeError(receiver!.plan, end - start, error, this.peer), undefined);
      return undefined;
    }
  }

  /** From the deframer: a limit or a rule was broken. */
  deframingFailed(code: Code, message: string): void {
    if (this.receiver !== undefined) {
      this.failWith(code, describeFramingFault(this.receiver, code, message));
    }
  }

  private foreignData(foreign: ForeignBody, bytes: Uint8Array, endStream: boolean): void {
    foreign.push(bytes);
    this.creditRest();
    if (endStream || foreign.isFull) {
      this.fail(foreign.toError(this.peer), undefined);
    }
  }

  trailersReceived(headers: HeaderList): void {
    if (this.receiver === undefined || this.isOversized(headers, "trailers")) {
      return;
    }
    // What is not gRPC may say why it failed, but not that it went well: its body was no messages.
    if (this.foreign !== undefined && isOk(statusTextOf(headers.fields))) {
      this.fail(this.foreign.toError(this.peer), headers.fields);
      return;
    }
    this.statusReceived(headers.fields);
  }

  /** Over the soft limit, and out of luck: the call has failed then. */
  private isOversized({ listBytes }: HeaderList, what: string): boolean {
    const { headerLists } = this.host;
    if (
      listBytes <= headerLists.softBytes ||
      !isListRefused(listBytes, headerLists, Math.random())
    ) {
      return false;
    }
    const { code, message } = toListError(what, listBytes, headerLists, "channel");
    this.failWith(code, message);
    return true;
  }

  private statusReceived(fields: readonly string[]): void {
    const receiver = this.receiver;
    if (receiver === undefined) {
      return;
    }
    if (this.inflater !== undefined && !this.inflater.isIdle) {
      this.endingFields = fields;
      return;
    }
    if (statusTextOf(fields) === "0") {
      this.finishedOk(receiver, fields);
      return;
    }
    const status = statusFromFields(fields, (received) => this.readMetadata(received));
    if (status === undefined) {
      this.fail(
        new RpcError(Code.INTERNAL, `${this.peer}: the server's trailers have no grpc-status`),
        fields,
      );
    } else if (status.code === Code.OK) {
      this.finishedOk(receiver, fields);
    } else {
      this.fail(new RpcError(status.code, status.message, status), fields);
    }
  }

  private finishedOk(receiver: AttemptReceiver, fields: readonly string[]): void {
    // A message that was cut off fails the call through `deframingFailed`.
    if (this.deframer === undefined || this.deframer.finish()) {
      this.endStream();
      receiver.succeeded(fields);
    }
  }

  streamReset(reason: StreamResetReason): void {
    const receiver = this.receiver;
    // A reset behind the trailers means nothing any more.
    if (receiver !== undefined && this.endingFields === undefined) {
      this.detach();
      receiver.failed(
        toResetError(reason, receiver, this.host),
        reachOf(reason, this.host),
        undefined,
      );
    }
  }

  // --- how it ends

  private failWith(code: Code, message: string): void {
    this.fail(new RpcError(code, `${this.peer}: ${message}`), undefined);
  }

  /** The call fails. With trailers the peer has ended its side; without, the stream is reset. */
  fail(error: RpcError, trailers?: readonly string[], reach: Reach = "sent"): void {
    const receiver = this.receiver;
    if (receiver === undefined) {
      return;
    }
    if (trailers === undefined) {
      this.cancel();
    } else {
      this.endStream();
    }
    receiver.failed(error, reach, trailers);
  }

  /**
   * The server has ended its side. If ours is still open, nobody wants to hear the rest: RST_STREAM
   * NO_ERROR (RFC 9113 s8.1). If not, this only lets go of responses that were never read.
   */
  private endStream(): void {
    this.detach();
    this.connection.resetStream(this.id, noError);
  }
}
