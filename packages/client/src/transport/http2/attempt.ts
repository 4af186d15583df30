// One gRPC call on one HTTP/2 stream, one object for each attempt: the requests go out here.
import {
  type DeflaterOwner,
  MessageDeflater,
  type OutgoingCompression,
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
      const codec = receiver.encoder;
      if (this.compression === undefined) {
        return sendMessage(this.connection, this.id, codec, message, end ? "nothing" : "more") > 0;
      }
      this.deflater ??= new MessageDeflater(this.connection, this.id, this.compression, this);
      return this.deflater.send(codec, message, end);
    } catch (error) {
      this.sendClosed = false;
      throw error;
    }
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

  messageDeflated(): void {}

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
