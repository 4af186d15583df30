// A transport on one HTTP/2 connection: opens streams, and tells its owner when there can be no more.
import {
  Code,
  type CompressionPlan,
  type ConnectionInfo,
  type DroppedMetadataLog,
  describeConnection,
  type HeaderListLimits,
  type Metadata,
  metadataFromFields,
  type OutgoingCompression,
  RpcError,
  UsageError,
} from "@trunkline/core";
import type {
  Connection,
  ConnectionCloseReason,
  Settings,
  Sink,
  StreamSink,
} from "@trunkline/http2";
import { toEncodeError } from "../../call/request-pump.js";
import type { AttemptReceiver, Transport, TransportListener } from "../transport.js";
import { Http2Attempt } from "./attempt.js";
import type { AttemptHost } from "./attempt-host.js";
import type { RequestHeads } from "./request-heads.js";
import { SilenceWatch, type WatchedTransport } from "./silence-watch.js";

/** What a connection runs on, as far as a transport cares. */
export interface Carrier {
  /** Whether the connection keeps the process alive. */
  keepAlive(on: boolean): void;
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;
}

/** Hears the first SETTINGS, or that they will never come; and of GOAWAY. */
export interface HandshakeListener {
  settingsReceived(): void;
  failed(reason: Error): void;
  /** Hears of GOAWAY, whenever it comes. */
  goawayReceived(code: number, debug: string): void;
}

/** What goes for all connections of a channel. */
export interface TransportRules {
  readonly heads: RequestHeads;
  readonly headerLists: HeaderListLimits;
  /** Told of metadata of responses that is none. */
  readonly droppedMetadata: DroppedMetadataLog;
  /** Why the connection may not be used for calls to an authority other than the channel's; undefined: it may for all. */
  readonly checkAuthority: ((authority: string) => string | undefined) | undefined;
  /** How long a server may be silent while calls wait that would be repeated elsewhere, milliseconds. */
  readonly silenceTimeoutMs: number;
}

/** See the file's first line. */
export class Http2Transport implements Transport, Sink, AttemptHost, WatchedTransport {
  readonly peer: string;
  connection!: Connection;
  closeReason: RpcError | undefined = undefined;
  readonly headerLists: HeaderListLimits;
  /** What the server says that it accepts; undefined: it has not said yet. */
  serverAccepts: ReadonlySet<string> | undefined = undefined;
  private readonly droppedMetadata: DroppedMetadataLog;
  private readonly checkAuthority: TransportRules["checkAuthority"];
  private readonly heads: RequestHeads;
  private readonly carrier: Carrier;
  private readonly listener: TransportListener;
  private readonly handshake: HandshakeListener;
  private readonly silenceTimeoutMs: number;
  private silence: SilenceWatch | undefined = undefined;
  private isShakingHands = true;
  private activeAttempts = 0;

  constructor(
    peer: string,
    rules: TransportRules,
    carrier: Carrier,
    listener: TransportListener,
    handshake: HandshakeListener,
  ) {
    this.peer = peer;
    this.heads = rules.heads;
    this.headerLists = rules.headerLists;
    this.droppedMetadata = rules.droppedMetadata;
    this.checkAuthority = rules.checkAuthority;
    this.silenceTimeoutMs = rules.silenceTimeoutMs;
    this.carrier = carrier;
    this.listener = listener;
    this.handshake = handshake;
  }

  get compression(): CompressionPlan {
    return this.heads.compression;
  }

  get isOpen(): boolean {
    return !this.connection.isDraining && !this.connection.isClosed;
  }

  get maxConcurrentCalls(): number {
    return this.connection.peerMaxConcurrentStreams;
  }

  get ended(): Promise<void> {
    return this.carrier.closed;
  }

  // --- what the channel asks for

  start(receiver: AttemptReceiver): boolean {
    if (!this.isOpen) {
      return false;
    }
    if (receiver.authority !== undefined && !this.speaksFor(receiver.authority, receiver)) {
      return true;
    }
    const compression = this.acceptedBy(receiver.compression);
    const attempt = new Http2Attempt(this, receiver, compression);
    const id = this.openStream(attempt, receiver, compression);
    if (id <= 0) {
      return id < 0;
    }
    attempt.id = id;
    if (receiver.isBackground !== true && this.activeAttempts++ === 0) {
      this.carrier.keepAlive(true);
    }
    receiver.attached(attempt);
    if (receiver.isMovable === true && this.silenceTimeoutMs !== Infinity) {
      this.silence ??= new SilenceWatch(this, this.silenceTimeoutMs);
      this.silence.attemptStarted();
    }
    if (!receiver.plan.requestStreams) {
      sendSingle(attempt, receiver);
    }
    return true;
  }

  /** False when the server's certificate is not one of the call's authority: the call has failed then. */
  private speaksFor(authority: string, receiver: AttemptReceiver): boolean {
    const fault = this.checkAuthority?.(authority);
    if (fault === undefined) {
      return true;
    }
    const text = `${this.peer} may not be called as "${authority}" (option authority): ${fault}`;
    receiver.failed(new RpcError(Code.UNAVAILABLE, text), "sent", undefined);
    return false;
  }

  /** Nothing is sent in an encoding that the server is known not to accept. */
  private acceptedBy(wish: OutgoingCompression | undefined): OutgoingCompression | undefined {
    if (wish === undefined || this.serverAccepts === undefined) {
      return wish;
    }
    return this.serverAccepts.has(wish.encoding.name) ? wish : undefined;
  }

  /** The stream's id; 0 when none can be opened now; -1 when the call has failed for good. */
  private openStream(
    attempt: Http2Attempt,
    receiver: AttemptReceiver,
    compression: OutgoingCompression | undefined,
  ): number {
    try {
      return this.connection.openStream(
        this.heads.blockFor(receiver, compression),
        false,
        attempt,
        performance.now(),
      );
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      receiver.failed(
        new RpcError(
          Code.RESOURCE_EXHAUSTED,
          `the metadata cannot be sent to ${this.peer}: ${why}`,
          { cause: error },
        ),
        "local",
        undefined,
      );
      return -1;
    }
  }

  readMetadata(fields: readonly string[]): Metadata {
    return metadataFromFields(fields, (name, why) =>
      this.droppedMetadata.dropped(this, this.peer, name, why),
    );
  }

  attemptEnded(receiver: AttemptReceiver): void {
    if (receiver.isBackground !== true && --this.activeAttempts === 0) {
      this.carrier.keepAlive(false);
    }
  }

  hasCallsOf(owner: object): boolean {
    return this.attemptsOf(owner).length > 0;
  }

  cancelCalls(owner: object, reason: RpcError): void {
    for (const attempt of this.attemptsOf(owner)) {
      attempt.fail(reason, undefined, "local");
    }
  }

  /** What watches the server goes on somewhere else, or not at all; it must not hold up the end of the connection. */
  private endBackground(): void {
    for (const attempt of this.connection.sinks() as Http2Attempt[]) {
      if (attempt.isBackground) {
        attempt.fail(new RpcError(Code.UNAVAILABLE, `the connection to ${this.peer} is to end`));
      }
    }
  }

  /** Asked seldom, so that calls cost nothing for it. */
  private attemptsOf(owner: object): Http2Attempt[] {
    const attempts = this.connection.sinks() as Http2Attempt[];
    return attempts.filter((attempt) => attempt.owner === owner);
  }

  hasMovableAttempts(): boolean {
    return this.movableAttempts().length > 0;
  }

  private movableAttempts(): Http2Attempt[] {
    const attempts = this.connection.sinks() as Http2Attempt[];
    return attempts.filter((attempt) => attempt.isMovable);
  }

  /** Calls that can be made elsewhere are; the others may still be answered, if the server comes back. */
  silent(forMs: number): void {
    const text = `${this.peer} has said nothing for ${Math.round(forMs)} ms, not even to a PING (option silenceTimeoutMs)`;
    this.listener.draining(text);
    for (const attempt of this.movableAttempts()) {
      attempt.fail(new RpcError(Code.UNAVAILABLE, text));
    }
    this.drain();
  }

  describe(): ConnectionInfo {
    return describeConnection(this.peer, this.connection);
  }

  drain(): void {
    this.endBackground();
    this.connection.drain(performance.now());
  }

  close(reason: RpcError): void {
    this.closeReason = reason;
    this.connection.goAway(0, "the channel was closed");
  }

  // --- what the engine tells

  settingsReceived(_settings: Required<Settings>, first: boolean): void {
    if (first) {
      this.isShakingHands = false;
      this.handshake.settingsReceived();
    }
  }

  streamsAvailable(): void {
    this.listener.streamsAvailable();
  }

  /** Calls that are under way finish here; the next ones must not wait for them. */
  drainStarted(why: string): void {
    this.listener.draining(`the connection to ${this.peer} takes no more calls: ${why}`);
    this.endBackground();
  }

  goawayReceived(_lastStreamId: number, code: number, debug: string): void {
    this.handshake.goawayReceived(code, debug);
    const text = debug === "" ? "" : ` "${debug}"`;
    this.listener.draining(`${this.peer} sent GOAWAY with code ${code}${text}`);
    this.endBackground();
  }

  pingAcked(): void {}

  streamOpened(): StreamSink {
    throw new UsageError("a server cannot open streams: push is disabled");
  }

  closed(reason: ConnectionCloseReason): void {
    const { cause } = reason;
    // What comes of it names the peer already.
    if (this.isShakingHands) this.handshake.failed(new Error(reason.message, { cause }));
    this.isShakingHands = false;
    this.silence?.stop();
    this.listener.closed(new Error(`${this.peer}: ${reason.message}`, { cause }));
  }
}

function sendSingle(attempt: Http2Attempt, receiver: AttemptReceiver): void {
  try {
    attempt.send(receiver.singleRequest(), true);
  } catch (cause) {
    attempt.cancel();
    receiver.failed(toEncodeError(cause, receiver.plan), "local", undefined);
  }
}
