// What observers are told of a call or an attempt: one record, which the rooms count into while it runs and observers read.
import type { Metadata } from "../metadata/metadata.js";
import { Code } from "../status/code.js";
import type { RpcError } from "../status/rpc-error.js";

/** A place for what an observer keeps for each record, such as a span. Make one for each observer, not for each call. */
export class RecordSlot<T> {
  /** Only for the type. */
  declare readonly type: T;
}

/** What all records have: their times, how they ended, and what observers keep with them. */
export abstract class ObservedRecord {
  /** When it began, by the clock of `performance.now()`, milliseconds. */
  readonly startedMs: number;
  /** When it ended; 0 while it has not. */
  endedMs: number = 0;
  /** Why it failed; undefined while it runs, and when it ended with OK. */
  error: RpcError | undefined = undefined;
  // Two observers are the most that usually keep something; a map is made for the third.
  private firstSlot: RecordSlot<unknown> | undefined = undefined;
  private firstValue: unknown = undefined;
  private moreSlots: Map<RecordSlot<unknown>, unknown> | undefined = undefined;

  constructor(startedMs: number) {
    this.startedMs = startedMs;
  }

  /** Its status; OK while it has not ended. */
  get code(): Code {
    return this.error === undefined ? Code.OK : this.error.code;
  }

  /** Milliseconds from its begin to its end, with fractions; 0 while it has not ended. */
  get durationMs(): number {
    return this.endedMs === 0 ? 0 : this.endedMs - this.startedMs;
  }

  /** When it began, milliseconds since 1970. */
  get startedEpochMs(): number {
    return performance.timeOrigin + this.startedMs;
  }

  /** What an observer has put there; undefined: nothing. */
  get<T>(slot: RecordSlot<T>): T | undefined {
    if (this.firstSlot === slot) return this.firstValue as T | undefined;
    return this.moreSlots?.get(slot) as T | undefined;
  }

  /** Keeps something of an observer's for as long as the record lives. */
  set<T>(slot: RecordSlot<T>, value: T): void {
    if (this.firstSlot === undefined || this.firstSlot === slot) {
      this.firstSlot = slot;
      this.firstValue = value;
      return;
    }
    this.moreSlots ??= new Map();
    this.moreSlots.set(slot, value);
  }
}

/** Hears of each message of one record as it is counted: its sizes in bytes, without envelopes. Must not throw. */
export interface MessageMeter {
  /** A message was sent; the record counts it already. */
  sent(byteCount: number, wireByteCount: number): void;
  /** A message was received; the record counts it already. */
  received(byteCount: number, wireByteCount: number): void;
}

/** A record of what goes over one HTTP/2 stream: a call on a server, an attempt on a client. */
export abstract class StreamRecord extends ObservedRecord {
  /** Messages that were sent. */
  sentMessages: number = 0;
  /** Their bytes before compression, without envelopes. */
  sentBytes: number = 0;
  /** Their bytes as they were sent: compressed, where they were, without envelopes. */
  sentWireBytes: number = 0;
  /** Messages that were received. */
  receivedMessages: number = 0;
  /** Their bytes after decompression, without envelopes. */
  receivedBytes: number = 0;
  /** Their bytes as they were received: compressed, where they were, without envelopes. */
  receivedWireBytes: number = 0;
  /** It ended without a status: the client has cancelled it, on a client by giving it up, or the connection was lost. */
  isCancelled: boolean = false;
  private meter: MessageMeter | undefined = undefined;
  private moreMeters: readonly MessageMeter[] | undefined = undefined;

  /**
   * Has `meter` told of the messages of this record from now on: for observers that want their sizes and times of some
   * calls only, and not the messages themselves.
   */
  addMeter(meter: MessageMeter): void {
    if (this.meter === undefined) this.meter = meter;
    else this.moreMeters = [...(this.moreMeters ?? []), meter];
  }

  /** One more message was sent. */
  countSent(byteCount: number, wireByteCount: number): void {
    this.sentMessages++;
    this.sentBytes += byteCount;
    this.sentWireBytes += wireByteCount;
    if (this.meter !== undefined) {
      this.meter.sent(byteCount, wireByteCount);
      for (const meter of this.moreMeters ?? []) meter.sent(byteCount, wireByteCount);
    }
  }

  /** One more message was received. */
  countReceived(byteCount: number, wireByteCount: number): void {
    this.receivedMessages++;
    this.receivedBytes += byteCount;
    this.receivedWireBytes += wireByteCount;
    if (this.meter !== undefined) {
      this.meter.received(byteCount, wireByteCount);
      for (const meter of this.moreMeters ?? []) meter.received(byteCount, wireByteCount);
    }
  }

  /** `/package.Service/Method`, as the client has written it; empty when the request had none. */
  abstract readonly path: string;
  /** What the client has sent, without fields that are gRPC's own. Not to be changed. */
  abstract readonly requestMetadata: Metadata;
  /** The metadata of the response's head; empty while there is none. Not to be changed. */
  abstract readonly responseHeaders: Metadata;
  /** The metadata of the trailers; empty while there are none. Not to be changed. */
  abstract readonly responseTrailers: Metadata;
}

/** One message, for observers that want more than totals. */
export interface ObservedMessage {
  /** As handlers and callers see it; for those who handle bytes, the bytes. Not to be changed. */
  readonly message: unknown;
  /** The whole message, uncompressed, without envelope. Valid only during the call: to be copied by whoever keeps it. */
  readonly bytes: Uint8Array;
  /** How many bytes travelled: fewer than `bytes` has where the message was compressed. */
  readonly wireByteCount: number;
}
