// What a call sends: its head, its responses, its end; and what of that waits for the client.
import type { Message } from "@bufbuild/protobuf";
import {
  DeadlineEntry,
  type DeflaterOwner,
  ENVELOPE_BYTES,
  type Ending,
  identity,
  MessageDeflater,
  type OutgoingCompression,
  type RpcError,
  rawCodec,
  sendMessage,
} from "@trunkline/core";
import type { CallContext } from "../../dispatch/call-context.js";
import type { MethodEntry } from "../../dispatch/method-entry.js";
import { stopReading } from "../../http/ended-stream.js";
import type { HttpConnection } from "../../http/http-connection.js";
import { ResponseGate } from "../../http/response-gate.js";
import type { ServerCallRecord } from "../../telemetry/server-call-record.js";
import type { CallHead } from "./call-head.js";
import { toHeadersError } from "./failures.js";
import type { ResponseStream } from "./response-stream.js";
import { sendTrailers, toErrorTrailers, toOkTrailers, withMetadata } from "./status.js";

/** The sending half of `GrpcCall`; one object with it, because there is one for each call. */
export abstract class CallOutput extends DeadlineEntry implements DeflaterOwner {
  protected readonly connection: HttpConnection;
  readonly id: number;
  protected readonly head: CallHead;
  /** The status is sent, or nobody can be told any more. */
  protected ended = false;
  protected headSent = false;
  protected clientEnded = false;
  /** What the handler has; undefined until it is run. */
  context: CallContext | undefined = undefined;
  /** What observers are told; undefined where nobody listens. */
  record: ServerCallRecord | undefined = undefined;
  /** Of a call that answers with a stream. */
  protected responses: ResponseStream | undefined = undefined;
  protected deflater: MessageDeflater | undefined = undefined;
  /** What responses are compressed with; undefined: nothing. */
  private compression: OutgoingCompression | undefined;
  /** The call ends when the deflater is done. */
  private endsDeflated = false;
  /** What the gate holds on account of this call, in bytes. */
  private held = 0;

  constructor(connection: HttpConnection, id: number, head: CallHead) {
    super();
    this.connection = connection;
    this.id = id;
    this.head = head;
    this.compression = head.coding.response;
  }

  get entry(): MethodEntry {
    return this.head.entry;
  }

  /** Lets go of everything: the status has been sent, or cannot be. */
  protected abstract end(error: RpcError | undefined): void;

  /** Ends the call when its deadline has passed unseen. @returns whether it has. */
  protected abstract endsLate(): boolean;

  /** Ends the call with what was thrown. */
  abstract fail(reason: unknown): void;

  /** The last response has been sent. */
  abstract responsesEnded(): void;

  get responseCompression(): string {
    return this.compression?.encoding.name ?? identity;
  }

  set responseCompression(name: string) {
    this.compression = this.head.coding.choose(name, this.headSent);
  }

  deflated(hasRoom: boolean, byteCount: number): void {
    if (this.endsDeflated) {
      if (!hasRoom && this.clientEnded && this.entry.givesOne) this.hold(byteCount);
      this.responsesEnded();
    } else if (hasRoom) this.responses?.writable();
  }

  protected hold(byteCount: number): void {
    this.held = byteCount;
    this.connection.gate ??= new ResponseGate();
    this.connection.gate.hold(byteCount);
  }

  protected release(): void {
    if (this.held === 0) return;
    const byteCount = this.held;
    this.held = 0;
    this.connection.gate?.release(byteCount);
  }

  sendResponse(value: unknown): boolean {
    const { entry } = this;
    const message = entry.toResponse(value);
    this.sendResponseHeaders();
    const { engine } = this.connection;
    if (this.compression === undefined) {
      const ending = this.responses === undefined ? "trailers" : "more";
      if (this.record !== undefined) return this.sendRecorded(this.record, message, ending);
      return sendMessage(engine, this.id, entry.responseCodec, message, ending) > 0;
    }
    this.deflater ??= new MessageDeflater(engine, this.id, this.compression, this);
    return this.deflater.send(entry.responseCodec, message, false);
  }

  /** Sends a message and counts it. Who wants to see messages gets them in bytes of their own, not in the connection's. */
  private sendRecorded(record: ServerCallRecord, message: Message, ending: Ending): boolean {
    const { engine } = this.connection;
    const codec = this.entry.responseCodec;
    const { observers } = this.head.setup;
    if (!observers.hearsMessages) {
      const sent = sendMessage(engine, this.id, codec, message, ending);
      const byteCount = Math.abs(sent) - ENVELOPE_BYTES;
      record.countSent(byteCount, byteCount);
      return sent > 0;
    }
    const bytes = codec.encode(message);
    observers.sent(record, { message, bytes, wireByteCount: bytes.length });
    return sendMessage(engine, this.id, rawCodec, bytes, ending) > 0;
  }

  messageDeflated(message: unknown, bytes: Uint8Array, wireByteCount: number): void {
    if (this.record === undefined) return;
    this.head.setup.observers.sent(this.record, { message, bytes, wireByteCount });
  }

  /** @throws RpcError RESOURCE_EXHAUSTED when they are larger than the client takes. */
  sendResponseHeaders(): void {
    if (this.headSent || this.ended) return;
    const { responseHead, coding } = this.head;
    const compression = this.compression;
    const base = compression === undefined ? responseHead : coding.head(compression);
    const head = withMetadata(base, this.context?.knownHeaders);
    try {
      this.connection.engine.sendHeaders(this.id, head, false);
    } catch (cause) {
      throw toHeadersError(this.entry, cause);
    }
    this.headSent = true;
    if (this.record !== undefined) this.head.setup.observers.responseStarted(this.record);
  }

  protected sendOk(): void {
    if (this.ended) return;
    if (this.deflater?.isIdle === false) {
      this.endsDeflated = true;
      return;
    }
    this.sendResponseHeaders();
    const { engine } = this.connection;
    const trailers = toOkTrailers(this.context?.knownTrailers);
    sendTrailers(engine, this.id, trailers, undefined, undefined);
    if (!this.clientEnded) stopReading(engine, this.id);
    this.end(undefined);
  }

  protected sendError(error: RpcError): void {
    const { engine } = this.connection;
    this.sendHeadersOfFailure();
    const head = this.headSent ? undefined : this.head.responseHead;
    const trailers = toErrorTrailers(error, this.context?.knownTrailers, head);
    sendTrailers(engine, this.id, trailers, error, head);
    if (!this.clientEnded) stopReading(engine, this.id);
  }

  /** Metadata that was meant for the response's head shall not turn up among the trailers. */
  private sendHeadersOfFailure(): void {
    const headers = this.context?.knownHeaders;
    if (this.headSent || headers === undefined || headers.size === 0) return;
    try {
      this.sendResponseHeaders();
    } catch {
      // Too large for the client; the error matters more.
    }
  }
}
