// One gRPC call on one HTTP/2 stream: the response rules of PROTOCOL-HTTP2.md, one object for each attempt.
import {
  Code,
  type CompressionPlan,
  type DeflaterOwner,
  Deframer,
  type DeframerSink,
  ENVELOPE_BYTES,
  FLAG_PLAIN,
  type HeaderListLimits,
  type InflatedMessage,
  type InflaterSink,
  isListRefused,
  MessageDeflater,
  MessageInflater,
  type Metadata,
  markCompressed,
  type OutgoingCompression,
  RpcError,
  sendMessage,
  statusFromFields,
  statusTextOf,
  toListError,
} from "@trunkline/core";
import type { Connection, HeaderList, StreamResetReason, StreamSink } from "@trunkline/http2";
import type { Attempt, AttemptReceiver } from "../transport.js";
import { ForeignBody } from "./foreign-body.js";
import { describeFramingFault, toDecodeError } from "./message-faults.js";
import { toResetError } from "./reset-error.js";
import { responseHeadOf } from "./response-head.js";

/** RFC 9113 s7 */
const noError = 0x0;
const cancelled = 0x8;

/** What an attempt needs of its connection's owner. */
export interface AttemptHost {
  readonly connection: Connection;
  readonly peer: string;
  /** Why this side closed the connection, if it did. */
  readonly closeReason: RpcError | undefined;
  /** Limits of response headers and trailers. */
  readonly headerLists: HeaderListLimits;
  /** The metadata among received fields. */
  readMetadata(fields: readonly string[]): Metadata;
  readonly compression: CompressionPlan;
  /** What the server says that it accepts, for the calls to come. */
  serverAccepts: ReadonlySet<string> | undefined;
  /** One attempt less; called exactly once for each. */
  attemptEnded(receiver: AttemptReceiver): void;
}

/** See the file's first line. Fields rather than private names: this is created for each call. */
export class Http2Attempt
  implements Attempt, StreamSink, DeframerSink, DeflaterOwner, InflaterSink
{
  id = 0;
  private readonly host: AttemptHost;
  private readonly connection: Connection;
  /** Undefined once the call has been told how it ended: whatever comes later is ignored. */
  private receiver: AttemptReceiver | undefined;
  private deframer: Deframer | undefined = undefined;
  /** Requests are compressed with it; undefined: they are not. */
  private readonly compression: OutgoingCompression | undefined;
  private deflater: MessageDeflater | undefined = undefined;
  /** Made for responses that may be compressed. */
  private inflater: MessageInflater | undefined = undefined;
  /** The trailers, while messages before them are being decompressed. */
  private endingFields: readonly string[] | undefined = undefined;
  private foreign: ForeignBody | undefined = undefined;
  private sendClosed = false;
  /** Received bytes of an unfinished message for which the peer has not been given credit yet, and those for which it has. */
  private withheldBytes = 0;
  private creditedAhead = 0;
  private isReceiving = false;

  constructor(
    host: AttemptHost,
    receiver: AttemptReceiver,
    compression: OutgoingCompression | undefined,
  ) {
    this.host = host;
    this.connection = host.connection;
    this.receiver = receiver;
    this.compression = compression;
  }

  get peer(): string {
    return this.host.peer;
  }

  // --- what the call asks for

  send(message: unknown, end: boolean): boolean {
    const receiver = this.receiver;
    if (receiver === undefined || this.sendClosed) {
      return true;
    }
    this.sendClosed = end;
    try {
      const codec = receiver.encoder;
      if (this.compression === undefined) {
        return sendMessage(this.connection, this.id, codec, message, end ? "nothing" : "more");
      }
      this.deflater ??= new MessageDeflater(this.connection, this.id, this.compression, this);
      return this.deflater.send(codec, message, end);
    } catch (error) {
      this.sendClosed = false;
      throw error;
    }
  }

  readMetadata(fields: readonly string[]): Metadata {
    return this.host.readMetadata(fields);
  }

  closeSend(): void {
    if (this.receiver !== undefined && !this.sendClosed) {
      this.sendClosed = true;
      if (this.deflater === undefined) {
        this.connection.sendData(this.id, new Uint8Array(0), true);
      } else {
        this.deflater.end();
      }
    }
  }

  deflated(hasRoom: boolean): void {
    if (hasRoom) {
      this.receiver?.writable();
    }
  }

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

  /** From here on the call hears nothing more from this attempt. */
  private detach(): void {
    const receiver = this.receiver as AttemptReceiver;
    this.receiver = undefined;
    this.deframer?.stop();
    this.deflater?.stop();
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
    } else if (endStream) {
      this.failWith(
        Code.UNKNOWN,
        "the server ended the call with a response head that has no grpc-status",
      );
    } else if (head.format !== undefined && head.format !== receiver.plan.format) {
      this.failWith(
        Code.INTERNAL,
        `the server answered with messages of format "${head.format}" to a call with messages of format "${receiver.plan.format}"`,
      );
    } else if (head.encoding !== undefined && !this.expectCompressed(head.encoding, receiver)) {
      this.failWith(
        Code.INTERNAL,
        `the response is encoded with grpc-encoding "${head.encoding}", but what was offered is ${this.host.compression.acceptField}`,
      );
    } else {
      receiver.headersReceived(headers.fields);
    }
  }

  /** @returns false when the encoding is none that was offered. */
  private expectCompressed(name: string, receiver: AttemptReceiver): boolean {
    const { compression } = this.host;
    const encoding = compression.accepted(name);
    if (encoding === undefined) {
      return false;
    }
    const { connection } = this;
    const { maxReceiveMessageBytes: maxBytes } = receiver;
    const { offloadBytes } = compression;
    this.inflater = new MessageInflater(this, { encoding, maxBytes, offloadBytes, connection });
    return true;
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
    const message = this.decode(bytes, start, end, owned);
    this.receiver?.messageReceived(message, byteCount);
  }

  messageInflated({ bytes, owned, tag, wasCompressed }: InflatedMessage): void {
    const message = this.decode(bytes, 0, bytes.length, owned);
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
  private decode(bytes: Uint8Array, start: number, end: number, owned: boolean): unknown {
    const receiver = this.receiver;
    try {
      return receiver?.plan.response.decode(bytes, start, end, owned);
    } catch (error) {
      this.fail(toDecodeError(receiver!.plan, end - start, error), undefined);
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
    this.fail(toListError(what, listBytes, headerLists, "channel"), undefined);
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
      this.fail(new RpcError(Code.INTERNAL, "the server's trailers have no grpc-status"), fields);
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
      receiver.failed(toResetError(reason, receiver, this.host), reason.unprocessed, undefined);
    }
  }

  writable(): void {
    if (this.deflater === undefined || this.deflater.isIdle) {
      this.receiver?.writable();
    }
  }

  // --- how it ends

  private failWith(code: Code, message: string): void {
    this.fail(new RpcError(code, message), undefined);
  }

  /** The call fails. With trailers the peer has ended its side; without, the stream is reset. */
  fail(error: RpcError, trailers?: readonly string[]): void {
    const receiver = this.receiver;
    if (receiver === undefined) {
      return;
    }
    if (trailers === undefined) {
      this.cancel();
    } else {
      this.endStream();
    }
    receiver.failed(error, false, trailers);
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

/** Whether a `grpc-status` is OK or says nothing. */
function isOk(status: string | undefined): boolean {
  return Number(status ?? 0) === 0;
}

/** Whether the bytes are exactly one uncompressed message within the limit. */
function isOneMessage(bytes: Uint8Array, maxBytes: number): boolean {
  if (bytes.length < ENVELOPE_BYTES || bytes[0] !== 0) {
    return false;
  }
  const length = ((bytes[1]! << 24) | (bytes[2]! << 16) | (bytes[3]! << 8) | bytes[4]!) >>> 0;
  return length === bytes.length - ENVELOPE_BYTES && length <= maxBytes;
}
