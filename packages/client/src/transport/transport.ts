// The seam between a call and whatever carries it: HTTP/2 here; fetch in a browser fits the same shape.
import type {
  ConnectionInfo,
  MessageCodec,
  Metadata,
  OutgoingCompression,
  RpcError,
  StreamObserver,
  StreamObservers,
} from "@trunkline/core";
import type { MethodPlan } from "../call/method-plan.js";
import type { Reach } from "../retry/transparent-retry.js";
import type { AttemptRecord } from "../telemetry/client-call-record.js";

/** What a transport needs to know of a call, and whom it tells about it. */
export interface AttemptReceiver {
  readonly plan: MethodPlan;
  /** Metadata to send, if any. */
  readonly metadata: Metadata | undefined;
  /** `:authority` in the place of the channel's; undefined: the channel's. */
  readonly authority: string | undefined;
  /** When the call must have ended, epoch milliseconds; Infinity when it has no deadline. */
  readonly deadlineMs: number;
  /** Milliseconds until the deadline, below 0 when it has passed; Infinity when there is none. */
  remainingMs(): number;
  /** Encodes the requests, and refuses those above the call's limit. */
  readonly encoder: MessageCodec<unknown>;
  /** How its requests are compressed if the server accepts that; undefined: not at all. */
  readonly compression: OutgoingCompression | undefined;
  /** Limit of one received message, bytes. */
  readonly maxReceiveMessageBytes: number;
  /** Whether that is the service config's word, for the error text. */
  readonly hasConfigLimit: boolean;
  /** How many received messages nobody has taken yet; the transport grants the peer credit by it. */
  readonly bufferedMessages: number;
  /** The channel whose call it is: connections may be shared. Undefined: nobody's. */
  readonly owner?: object | undefined;
  /** What observers are told of the attempt; undefined: nobody listens. */
  readonly record?: AttemptRecord | undefined;
  /** Who they are. */
  readonly observers?: StreamObservers<AttemptRecord, StreamObserver<AttemptRecord>> | undefined;
  /** It watches the server rather than doing an application's work: it does not keep the process alive. Default false. */
  readonly isBackground?: boolean;
  /** If it failed with UNAVAILABLE now, the call would be tried again. Default false. */
  readonly isMovable?: boolean;
  /** For `grpc-previous-rpc-attempts`; not sent while it is 0, which is the default. */
  readonly previousAttempts?: number;

  /** The attempt is under way; called from within `start`. A single request is sent by the transport right after. */
  attached(attempt: Attempt): void;
  /** The one request message of a method without request stream. */
  singleRequest(): unknown;
  /** Response head, name, value, name, value ... Not called for a response of trailers alone. */
  headersReceived(fields: readonly string[]): void;
  /** @param byteCount what the message is worth to flow control: give it back with `consumed`. */
  messageReceived(message: unknown, byteCount: number): void;
  /** After `send` returned false: there is room again. */
  writable(): void;
  /** Ended with status OK. Nothing follows `succeeded` or `failed`. */
  succeeded(trailers: readonly string[]): void;
  /** @param reach how far it came, which decides whether it may be repeated (gRFC A6). */
  failed(error: RpcError, reach: Reach, trailers: readonly string[] | undefined): void;
}

/** Where requests go. */
export interface RequestOutlet {
  /**
   * Sends one message; with `end` it is the last one. Always accepted.
   * @returns false when the transport has enough for now: wait for `writable`.
   * @throws what the codec throws when the message cannot be encoded; nothing has been sent then.
   */
  send(message: unknown, end: boolean): boolean;
  /** No more messages follow. */
  closeSend(): void;
}

/** One try of one call on one connection. All methods do nothing once it has ended. */
export interface Attempt extends RequestOutlet {
  /** Where it runs, for error texts. */
  readonly peer: string;
  /** Gives the attempt up (RST_STREAM CANCEL); its receiver hears no more. */
  cancel(): void;
  /** The metadata among fields that this attempt has received. */
  readMetadata(fields: readonly string[]): Metadata;
  /** The application has taken messages: the peer may send as many bytes again. */
  consumed(byteCount: number): void;
}

/** A connection that is ready for calls. */
export interface Transport {
  /** Where it leads, for error texts. */
  readonly peer: string;
  /** Begins an attempt. False when no stream can be opened now; nothing has happened then. */
  start(receiver: AttemptReceiver): boolean;
  /** False once it takes no new calls at all (GOAWAY, closed, no stream id left). */
  readonly isOpen: boolean;
  /** The peer's limit of concurrent calls, for error texts. */
  readonly maxConcurrentCalls: number;
  /** How it is doing at the moment. */
  describe(): ConnectionInfo;
  /** Takes no new calls and ends when the last one has. */
  drain(): void;
  /** Ends at once: each call fails with `reason`. */
  close(reason: RpcError): void;
  /** The calls of one channel fail with `reason`; the connection stays. */
  cancelCalls(owner: object, reason: RpcError): void;
  /** Whether calls of this channel are under way. */
  hasCallsOf(owner: object): boolean;
  /** Resolves when nothing of the connection is left. */
  readonly ended: Promise<void>;
}

/** What a transport tells the subchannel that owns it. */
export interface TransportListener {
  /** A stream slot is free again. */
  streamsAvailable(): void;
  /** No new calls on this transport (GOAWAY or no stream id left); calls in flight go on. */
  draining(reason: string): void;
  /** The connection is gone; all its calls have been told. Called once. */
  closed(reason: Error): void;
}
