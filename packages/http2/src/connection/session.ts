// The state of one connection, shared by the modules of this folder; it decides nothing itself.
import type { HeaderBlock, Role, Settings, Sink } from "../contract.js";
import type { BandwidthEstimate } from "../flow/bandwidth-estimate.js";
import { defaultWindow } from "../flow/credit.js";
import { maxInt31, minMaxFrameSize } from "../frame/head.js";
import { createDecoder, type HpackDecoder } from "../hpack/decoder.js";
import { createEncoder, type HpackEncoder } from "../hpack/encoder.js";
import { ClosedStreams } from "../stream/closed-streams.js";
import type { Stream } from "../stream/stream.js";
import { StreamStore } from "../stream/stream-store.js";
import { Meters, StallWatch } from "./floods/meters.js";
import { Timers } from "./lifetime/timers.js";
import type { ConnectionLimits } from "./limits.js";
import { Output } from "./outbound/output.js";
import { ConnectionStats } from "./stats.js";

/** A part of the write buffer that a caller may fill; one object per connection, reused. */
export class WriteRegion {
  bytes: Uint8Array;
  offset = 0;
  limit = 0;
  /** The stream it was reserved for; 0 when no reservation is open. */
  streamId = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** A header block that arrives in several frames (RFC 9113 s4.3). */
export class PartialBlock {
  readonly streamId: number;
  readonly endStream: boolean;
  bytes: Uint8Array;
  length = 0;
  continuations = 0;

  constructor(streamId: number, endStream: boolean, firstBytes: number) {
    this.streamId = streamId;
    this.endStream = endStream;
    this.bytes = new Uint8Array(firstBytes);
  }
}

export class Session {
  readonly role: Role;
  readonly sink: Sink;
  readonly limits: ConnectionLimits;
  readonly outputReady: (() => void) | undefined;
  readonly encoder: HpackEncoder;
  readonly decoder: HpackDecoder;
  readonly output: Output = new Output();
  readonly streams: StreamStore = new StreamStore();
  readonly gone: ClosedStreams = new ClosedStreams();
  readonly region: WriteRegion;
  readonly stats: ConnectionStats = new ConnectionStats();
  readonly timers: Timers = new Timers();
  readonly meters: Meters = new Meters();
  readonly stall: StallWatch = new StallWatch();
  readonly random: () => number;

  /** The timers run. */
  hasBegun = false;
  /** The time of the latest input, in the caller's milliseconds. */
  nowMs = 0;
  /** Depth of calls after which the binding looks for output by itself, so that it need not be told. */
  busy = 0;
  /** The binding has been told that output waits and has not taken it yet. */
  announced = false;
  isClosed = false;

  /** Octets of the client's magic that have been matched (RFC 9113 s3.4). */
  magicMatched = 0;
  block: PartialBlock | undefined = undefined;

  nextLocalId = 1;
  /** Heads of streams of our own from this one on have not been taken to be written yet. */
  untakenId = 1;
  highestRemoteId = 0;
  /** The highest id of the peer that was handed to the sink: what GOAWAY tells. */
  lastProcessedId = 0;
  activeStreams = 0;
  /** When the last stream had ended. */
  idleSinceMs = 0;
  /** Bytes of the request heads of live streams. */
  liveHeaderBytes = 0;
  /** New streams of the peer since other connections had a turn. */
  streamsThisTurn = 0;
  /** How long reading was paused in all (`resetPauseMs`): time in which streams do not grow older. */
  pausedMs = 0;
  /** `openStream` has returned 0 for want of a slot. */
  slotWanted = false;

  sendWindow: number = defaultWindow;
  receiveWindow: number = defaultWindow;
  /** All that the connection window ever admitted. */
  windowGranted: number = defaultWindow;
  /** What the connection window is filled up to. */
  connectionTarget: number;
  /** How far windows may grow, and whether they still may. */
  readonly largestWindow: number;
  windowsMayGrow: boolean;
  /** Made with the first sample. */
  bandwidth: BandwidthEstimate | undefined = undefined;
  /** DATA held by sinks that they have not given back. */
  unread = 0;
  /** DATA queued on the streams of the ring: what only the transport or the connection window holds up. */
  readyBytes = 0;
  firstReady: Stream | undefined = undefined;
  lastReady: Stream | undefined = undefined;
  /** Streams that wait only because the connection as a whole has too much to send. */
  crowdedOut: Stream[] | undefined = undefined;
  /** Streams to call `writable` on at the end of `take`. */
  relieved: Stream[] | undefined = undefined;

  /** What the peer has set. */
  peerSettingsReceived = false;
  peerInitialWindow: number = defaultWindow;
  peerMaxFrame: number = minMaxFrameSize;
  peerMaxStreams: number = Number.POSITIVE_INFINITY;
  peerMaxHeaderList: number = Number.POSITIVE_INFINITY;
  peerHeaderTable = 4096;
  peerEnablePush = true;

  /** What our own credit policy aims at for each stream. */
  windowTarget: number;
  /** The prefix block measured last, and its size as a header list. */
  sizedPrefix: HeaderBlock | undefined = undefined;
  sizedPrefixBytes = 0;

  /** What binds the peer: stricter values of ours count from its ACK on (RFC 9113 s6.5.3). */
  initialWindow: number = defaultWindow;
  maxFrame: number = minMaxFrameSize;
  maxStreams: number = Number.POSITIVE_INFINITY;
  /** SETTINGS that the peer has not acknowledged yet, oldest first. */
  unacknowledged: Settings[] = [];

  /** Our first SETTINGS have been acknowledged. */
  greetingAcknowledged = false;

  /** The PING of ours that is on its way: when it was sent, or -1. */
  pingSentMs = -1;
  pingSequence = 0;
  /** `ping` was called, and its answer is to be told. */
  pingWanted = false;
  /** What had been received when the latest PING was sent. */
  receivedAtPing = 0;
  blocksAtPing = 0;

  /** When bytes came last, and whether any came since keepalive asked. */
  lastReceivedMs = 0;
  hasHeard = false;
  /** Keepalive has asked; or rests until there is a stream again. */
  isProbing = false;
  keepaliveRests = false;

  /** Header blocks that were received, and the one that `timers.headerBlock` is about. */
  blocksReceived = 0;
  blockWatched = 0;
  /** Header blocks sent; DATA sent, in frames and in bytes. A frame counts once more for each 16 KiB. */
  headersSent = 0;
  dataUnitsSent = 0;
  dataBytesSent = 0;

  /** `drain` was called, or the peer sent GOAWAY: nothing new is opened here. */
  isDraining = false;
  /** The last id we promised in GOAWAY; streams above it are ignored. */
  goawaySentId: number = Number.POSITIVE_INFINITY;
  /** Why the graceful end began, for the second GOAWAY. */
  drainDebug = "";
  goawayReceivedId: number = Number.POSITIVE_INFINITY;
  goawayReceivedCode = 0;
  /** What the peer's last GOAWAY said beside its code. */
  goawayReceivedDebug = "";

  constructor(
    role: Role,
    sink: Sink,
    limits: ConnectionLimits,
    outputReady: (() => void) | undefined,
    random: () => number,
  ) {
    this.role = role;
    this.sink = sink;
    this.limits = limits;
    this.outputReady = outputReady;
    this.random = random;
    this.windowTarget = limits.streamWindowBytes;
    this.connectionTarget = limits.connectionWindowBytes;
    this.largestWindow = Math.min(limits.maxWindowBytes, limits.maxUnreadBytes, maxInt31);
    this.windowsMayGrow = limits.adaptiveWindows && this.windowTarget < this.largestWindow;
    this.stats.windowBytes = limits.streamWindowBytes;
    this.encoder = createEncoder({ maxTableSize: limits.maxEncoderTableBytes });
    this.decoder = createDecoder({
      maxTableSize: 4096,
      maxListBytes: limits.maxHeaderListBytes,
      maxFields: limits.maxHeaderFields,
      allowsOuterSpace: limits.allowsOuterSpace,
    });
    this.region = new WriteRegion(this.output.buffer);
  }

  /** Bytes of DATA that have arrived, with their padding. */
  get dataBytesReceived(): number {
    return this.windowGranted - this.receiveWindow;
  }
}
