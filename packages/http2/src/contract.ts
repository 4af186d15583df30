// What the engine promises its callers: the Connection it offers, and the sinks it calls back.

import type { LimitName } from "./connection/limits.js";
import type { ConnectionStats } from "./connection/stats.js";

/** Which end of the connection this is. */
export type Role = "client" | "server";

/**
 * A header block to send. Field names are lower case; pseudo-header fields come first.
 * A block that is sent again and again should be the same object each time: the encoder remembers
 * its encoding, so that a repeated block costs a few bytes and no string work (RFC 7541).
 */
export interface HeaderBlock {
  /** A constant part that is sent before `fields`, remembered by identity. */
  readonly prefix?: HeaderBlock | undefined;
  /** name, value, name, value ... */
  readonly fields: readonly string[];
}

/**
 * A received header block, decoded and checked against RFC 9113 s8. Blocks with identical bytes may
 * be delivered as the same object, so a receiver must not change `fields`, and may keep what it has
 * worked out about the list in `memo`.
 */
export interface HeaderList {
  /** name, value, name, value ... in wire order, pseudo-header fields included. */
  readonly fields: readonly string[];
  /** Size of the list: names, values, and 32 for each field (RFC 9113 s6.5.2). */
  readonly listBytes: number;
  /** The receiver's own note about this list; the engine never reads it. */
  memo: unknown;
}

/** A part of the connection's own write buffer, valid until the matching `commit` or the next call of any kind. */
export interface Region {
  /** The buffer that the part lies in. */
  readonly bytes: Uint8Array;
  /** The first byte that may be written. */
  readonly offset: number;
  /** One past the last byte that may be committed; bytes behind it may be scribbled on, too. */
  readonly limit: number;
}

/** SETTINGS values (RFC 9113 s6.5.2); what is absent keeps its present value. */
export interface Settings {
  /** SETTINGS_HEADER_TABLE_SIZE: bytes of HPACK table that the other side may use, 0 to 2^32-1. */
  readonly headerTableSize?: number | undefined;
  /** SETTINGS_ENABLE_PUSH: whether the other side may push. */
  readonly enablePush?: boolean | undefined;
  /** SETTINGS_MAX_CONCURRENT_STREAMS: streams that the other side may have open, 0 to 2^32-1. */
  readonly maxConcurrentStreams?: number | undefined;
  /** SETTINGS_INITIAL_WINDOW_SIZE: bytes that may be sent on a new stream, 0 to 2^31-1. */
  readonly initialWindowSize?: number | undefined;
  /** SETTINGS_MAX_FRAME_SIZE: the largest payload of a frame, 16,384 to 16,777,215 bytes. */
  readonly maxFrameSize?: number | undefined;
  /** SETTINGS_MAX_HEADER_LIST_SIZE: bytes of a header list, 32 more for each field (RFC 9113 s6.5.2). */
  readonly maxHeaderListSize?: number | undefined;
}

/** Why a stream ended early. */
export interface StreamResetReason {
  /** HTTP/2 error code (RFC 9113 s7), or the code nearest to what happened. */
  readonly code: number;
  /** `peer`: RST_STREAM received. `local`: this engine reset it, because of the peer's fault. `connection`: the connection ended. */
  readonly source: "peer" | "local" | "connection";
  /** The peer has certainly not acted on the stream: REFUSED_STREAM, above GOAWAY's last id, or never sent. */
  readonly unprocessed: boolean;
  /** Not even its head was handed out to be written (`take`). Default false. */
  readonly unsent?: boolean;
  /** In words: what was being done, with which value, against which limit. */
  readonly message: string;
  /** The error of the transport, if that is what ended the connection. */
  readonly cause?: unknown;
}

/** Called about one stream. Never called again once `endStream` was told and the local side has ended too, or after `streamReset`. */
export interface StreamSink {
  /** Client: the final response head (1xx are skipped); with `endStream` a response of headers alone. Server: never called. */
  headersReceived(headers: HeaderList, endStream: boolean): void;
  /** `bytes` are valid only during the call. Each byte must be given back by `consume` once it is read. May be empty only with `endStream`. */
  dataReceived(bytes: Uint8Array, endStream: boolean): void;
  /** Trailers; the peer's side of the stream has ended. */
  trailersReceived(headers: HeaderList): void;
  /** The stream ended early, on either side's account. Not called for this side's own `resetStream`. */
  streamReset(reason: StreamResetReason): void;
  /** After `sendData` returned false: the queue has fallen below its low-water mark. */
  writable(): void;
}

/** Called about the connection as a whole. */
export interface Sink {
  /**
   * Server: handlers that have not settled, those included whose stream is gone. They count against
   * `maxConcurrentStreams`: else a client that resets its streams at once piles up work without bound (CVE-2023-44487).
   */
  readonly liveHandlers?: number;
  /** Server: a peer opened stream `id`. Whatever is returned hears of the stream from now on. */
  streamOpened(id: number, headers: HeaderList, endStream: boolean): StreamSink;
  /**
   * Server: a peer opened stream `id` with a list of `listBytes` bytes, more than `maxHeaderListBytes`, or of
   * more than `maxHeaderFields` fields. The fields are not kept. It should be answered at once; without this
   * method the stream is reset (ENHANCE_YOUR_CALM).
   */
  oversizedHead?(id: number, listBytes: number, endStream: boolean): StreamSink;
  /** The peer's SETTINGS are in force; `first` is true once per connection. */
  settingsReceived(settings: Required<Settings>, first: boolean): void;
  /** Streams above `lastStreamId` have already been told `streamReset` with `unprocessed`. */
  goawayReceived(lastStreamId: number, code: number, debug: string): void;
  /**
   * A graceful end has begun by itself: `max_idle`, `max_age`, or `ids_used_up` on a client. New streams
   * need another connection.
   */
  drainStarted?(why: string): void;
  /** A PING of ours has been answered, so many milliseconds after it was sent. */
  pingAcked(rttMs: number): void;
  /** A stream slot has become free, or the peer raised its limit: `openStream` may work again. */
  streamsAvailable(): void;
  /** The connection has ended; every stream has been told. Called exactly once, last of all. */
  closed(reason: ConnectionCloseReason): void;
}

/** Why a connection ended. */
export interface ConnectionCloseReason {
  /** HTTP/2 error code (RFC 9113 s7); NO_ERROR after a clean end. */
  readonly code: number;
  /** `local`: we found fault with the peer or were told to close. `peer`: GOAWAY with an error. `transport`: the byte stream ended. */
  readonly source: "local" | "peer" | "transport";
  /** The limit that the peer broke, if that is why. */
  readonly limit?: LimitName | undefined;
  /** In words: what was being done, with which value, against which limit. */
  readonly message: string;
  /** The error of the transport, if there was one. */
  readonly cause?: unknown;
}

/**
 * One HTTP/2 connection without any IO. The peer's faults never throw; misuse by the caller throws
 * UsageError. Time enters as an argument only, in milliseconds of any monotonic clock.
 */
export interface Connection {
  /** Which end this is. */
  readonly role: Role;
  /** Feeds bytes from the transport; they are valid only during the call. */
  receive(bytes: Uint8Array, nowMs: number): void;
  /** The transport has ended, with an error or without. */
  receiveEnd(error?: Error): void;

  /**
   * Client: opens a stream and sends its head. 0: no id is left, the peer's limit is reached, or the connection is going away.
   * @throws UsageError when the list is larger than the peer's SETTINGS_MAX_HEADER_LIST_SIZE; so does `sendHeaders`.
   */
  openStream(block: HeaderBlock, endStream: boolean, sink: StreamSink, nowMs: number): number;
  /** Response head, or with `endStream` trailers (kept behind DATA that is still queued). Does nothing on a stream that has ended. */
  sendHeaders(id: number, block: HeaderBlock, endStream: boolean): void;
  /** Room for one DATA frame of at least `minBytes`, if nothing is queued before it and both windows allow; else undefined. */
  reserve(id: number, minBytes: number): Region | undefined;
  /** Sends the first `usedBytes` of the region that `reserve` gave. */
  commit(id: number, usedBytes: number, endStream: boolean): void;
  /**
   * A buffer of at least `minBytes` for a large message, its content undefined. Fill it from the start and
   * give the filled part to `sendData` at once, which takes the buffer back when the bytes are framed.
   */
  lendRoom(minBytes: number): Uint8Array;
  /** Takes back a room that is not needed after all. */
  returnRoom(room: Uint8Array): void;
  /** Whether `sendData` would frame so many bytes before it returns, and so would not hold on to them. */
  sendsAtOnce(id: number, byteCount: number): boolean;
  /** Always accepted; false: above high water, wait for `writable`. The engine owns the bytes until they are flushed. */
  sendData(id: number, bytes: Uint8Array, endStream: boolean): boolean;
  /**
   * Sends RST_STREAM and forgets the stream; its sink hears no more. What is queued for the stream is
   * dropped, with one exception: NO_ERROR after this side's END_STREAM was handed over (an answer that is complete before its
   * request, RFC 9113 s8.1) goes out behind the queued DATA and trailers.
   */
  resetStream(id: number, code: number): void;
  /** The application has read `byteCount` bytes of DATA; windows may open. */
  consume(id: number, byteCount: number): void;

  /** Sends a PING, or waits for the one that is on its way; `pingAcked` tells of the answer. Servers count PINGs: see `minPingIntervalMs`. */
  ping(nowMs: number): void;
  /** Announces changed settings; they hold once the peer has acknowledged them. */
  updateSettings(settings: Settings): void;
  /**
   * Graceful end (RFC 9113 s6.8): GOAWAY, no new streams, closes when the last stream has ended.
   * `debug` tells the peer why; "graceful_stop" by default.
   */
  drain(nowMs: number, debug?: string): void;
  /** Ends at once: GOAWAY, every stream is told, `closed` follows. */
  goAway(code: number, debug?: string): void;

  /** When bytes came in last, by the clock of `nowMs`; 0 before the first. */
  readonly lastReceivedMs: number;
  /** Streams that are open now, on either side. */
  readonly activeStreams: number;
  /** The sinks of the streams that have not ended, in no certain order. A snapshot: visiting them may end them. */
  sinks(): StreamSink[];
  /**
   * When a stream was opened, in whole milliseconds modulo 2^32, pauses in reading not counted; undefined for one that has
   * ended.
   */
  openedMs(id: number): number | undefined;
  /** The peer's SETTINGS_MAX_CONCURRENT_STREAMS; Infinity when it set none. */
  readonly peerMaxConcurrentStreams: number;
  /** True from GOAWAY (either way) or `drain` on: no new stream can be opened. */
  readonly isDraining: boolean;
  /** True once the connection has ended: nothing is sent or received any more. */
  readonly isClosed: boolean;

  /** Counters, the round trip time, and the limit that was broken if one was. */
  readonly stats: Readonly<ConnectionStats>;

  /** Bytes that wait to be written. */
  readonly pendingBytes: number;
  /** So much waits that reading should pause until some of it is written: above the high-water mark, or too many answers to the peer's frames. */
  readonly isCongested: boolean;
  /** Received bytes wait so that other connections get a turn: call `wake` once they had it. */
  readonly wantsTurn: boolean;
  /** What to write to the transport now, in order. Each chunk belongs to the caller until `release`. */
  take(): Uint8Array[];
  /** The transport is done with the chunks of one `take`. */
  release(chunks: readonly Uint8Array[]): void;
  /** When `wake` wants to be called next. */
  wakeAt(): number | undefined;
  /** Does what has become due. */
  wake(nowMs: number): void;
}
