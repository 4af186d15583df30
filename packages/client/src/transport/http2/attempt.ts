// One gRPC call on one HTTP/2 stream, one object for each attempt: the requests go out here.
import {
  type DeflaterOwner,
  ENVELOPE_BYTES,
  type MessageCodec,
  MessageDeflater,
  type OutgoingCompression,
  rawCodec,
  sendMessage,
} from "@trunkline/core";
import type { Attempt, AttemptReceiver } from "../transport.js";
import type { AttemptHost } from "./attempt-host.js";
import { Http2Response } from "./http2-response.js";

/** See the file's first line. */
export class Http2Attempt extends Http2Response implements Attempt, DeflaterOwner {
  /** Requests are compressed with it; undefined: they are not. */
  private readonly compression: OutgoingCompression | undefined;
  private deflater: MessageDeflater | undefined = undefined;
  private sendClosed = false;

  constructor(
    host: AttemptHost,
    receiver: AttemptReceiver,
    compression: OutgoingCompression | undefined,
  ) {
    super(host, receiver);
    this.compression = compression;
  }

  send(message: unknown, end: boolean): boolean {
    const receiver = this.receiver;
    if (receiver === undefined || this.sendClosed) {
      return true;
    }
    this.sendClosed = end;
    try {
      if (receiver.record !== undefined) return this.sendRecorded(receiver, message, end);
      return this.put(receiver.encoder, message, end);
    } catch (error) {
      this.sendClosed = false;
      throw error;
    }
  }

  private put(codec: MessageCodec<unknown>, message: unknown, end: boolean): boolean {
    if (this.compression === undefined) {
      return sendMessage(this.connection, this.id, codec, message, end ? "nothing" : "more") > 0;
    }
    this.deflater ??= new MessageDeflater(this.connection, this.id, this.compression, this);
    return this.deflater.send(codec, message, end);
  }

  /** Sends a message and counts it. Who wants to see messages gets them in bytes of their own, not in the connection's. */
  private sendRecorded(receiver: AttemptReceiver, message: unknown, end: boolean): boolean {
    const hasRoom = this.putRecorded(receiver, message, end);
    if (end) {
      this.recordRequestsEnd(receiver);
    }
    return hasRoom;
  }

  private putRecorded(receiver: AttemptReceiver, message: unknown, end: boolean): boolean {
    const { encoder, observers, record } = receiver;
    if (this.compression !== undefined) {
      return this.put(encoder, message, end);
    }
    if (observers?.hearsMessages === true) {
      const bytes = encoder.encode(message);
      observers.sent(record!, { message, bytes, wireByteCount: bytes.length });
      return this.put(rawCodec, bytes, end);
    }
    const ending = end ? "nothing" : "more";
    const sent = sendMessage(this.connection, this.id, encoder, message, ending);
    const byteCount = Math.abs(sent) - ENVELOPE_BYTES;
    record!.countSent(byteCount, byteCount);
    return sent > 0;
  }

  private recordRequestsEnd(receiver: AttemptReceiver): void {
    if (receiver.record !== undefined) receiver.observers?.requestsEnded(receiver.record);
  }

  closeSend(): void {
    if (this.receiver !== undefined && !this.sendClosed) {
      this.sendClosed = true;
      this.recordRequestsEnd(this.receiver);
      if (this.deflater === undefined) {
        this.connection.sendData(this.id, new Uint8Array(0), true);
      } else {
        this.deflater.end();
      }
    }
  }

  messageDeflated(message: unknown, bytes: Uint8Array, wireByteCount: number): void {
    const { record, observers } = this.receiver ?? {};
    if (record !== undefined) observers?.sent(record, { message, bytes, wireByteCount });
  }

  deflated(hasRoom: boolean): void {
    if (hasRoom) {
      this.receiver?.writable();
    }
  }

  writable(): void {
    if (this.deflater === undefined || this.deflater.isIdle) {
      this.receiver?.writable();
    }
  }

  protected override detach(): void {
    super.detach();
    this.deflater?.stop();
  }
}
