// The record of one stream: one class with every field set at birth, so that all streams share a shape.
import type { HeaderBlock, StreamSink } from "../contract.js";

/** Everything the engine knows about a live stream. A stream that waits nowhere holds no array. */
export class Stream {
  readonly id: number;
  state: number;
  /** Set right after `streamOpened` returned it; undefined only while that call runs. */
  sink: StreamSink | undefined;

  /** It counts against the concurrency limit. */
  isActive = true;

  /** DATA bytes we may send; negative after the peer shrank its initial window (RFC 9113 s6.9.2). */
  sendWindow: number;
  /** DATA bytes the peer may send before it breaks our window. */
  receiveWindow: number;
  /** Bytes that were read (or were padding) and are not yet credited to the peer. */
  unclaimed = 0;
  /** Bytes handed to the sink that it has not given back. */
  unread = 0;
  /** What its unread small frames count above their size. */
  smallDataBytes = 0;

  /** When it was opened, in whole milliseconds modulo 2^32, pauses in reading not counted. */
  readonly openedMs: number;
  /** Its request head as the list size counts it. */
  headerBytes = 0;

  /** The final response head (client) or the request head (server) has arrived. */
  headReceived = false;
  headSent = false;
  /** The request was HEAD: content-length speaks of a body that does not come. */
  isHead = false;
  /** DATA bytes that content-length still promises; -1 when it said nothing. */
  promised = -1;
  /** 1xx responses so far. */
  informational = 0;

  /** DATA that waits for a window or for its turn; undefined when none waits. */
  queue: Uint8Array[] | undefined = undefined;
  queueIndex = 0;
  /** How much of the first queued chunk is already sent. */
  queueOffset = 0;
  queuedBytes = 0;
  /** END_STREAM follows the queue. */
  endQueued = false;
  /** Trailers follow the queue; encoded when they are written, to keep the HPACK table in step. */
  trailers: HeaderBlock | undefined = undefined;
  /** RST_STREAM(NO_ERROR) follows everything that is queued; nobody listens to the stream any more. */
  isLetGo = false;
  /** `sendData` has returned false and the sink waits for `writable`. */
  wantsWritable = false;

  /** Neighbours in the ring of streams that can send. */
  isReady = false;
  nextReady: Stream | undefined = undefined;
  previousReady: Stream | undefined = undefined;

  constructor(id: number, state: number, sendWindow: number, receiveWindow: number, nowMs: number) {
    this.openedMs = nowMs | 0;
    this.id = id;
    this.state = state;
    this.sink = undefined;
    this.sendWindow = sendWindow;
    this.receiveWindow = receiveWindow;
  }

  /** Whether anything waits to be sent: DATA, END_STREAM or trailers. */
  get hasQueued(): boolean {
    return this.queue !== undefined || this.endQueued || this.trailers !== undefined;
  }
}
