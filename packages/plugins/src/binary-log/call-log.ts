// The entries of one call: numbered, within the limits of its method, handed to the sink as they happen.
import {
  create,
  type DescMessage,
  type MessageInitShape,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import {
  type Metadata as CallMetadata,
  Code,
  type RpcError,
  StatusSchema,
  scrubCredentials,
} from "@trunkline/core";
import { toMessage } from "../redaction/message-content.js";
import type { MessageRedactor } from "../redaction/redacted-message.js";
import { toAddress, toDuration, toLoggedMetadata, toTimestamp } from "./entry-parts.js";
import type { LogLimits } from "./filter.js";
import {
  type GrpcLogEntry_EventType as EventType,
  GrpcLogEntry_EventType,
  type GrpcLogEntry_Logger,
  GrpcLogEntrySchema,
} from "./gen/grpc/binlog/v1/binarylog_pb.js";
import type { BinaryLogSink } from "./sink.js";

/** What all calls of one log share. */
export interface CallLogSetup {
  readonly sink: BinaryLogSink;
  readonly logger: GrpcLogEntry_Logger;
  readonly redactor: MessageRedactor;
  /** Milliseconds since 1970, with fractions. */
  readonly now: () => number;
}

/** What a call begins with. */
export interface CallBegin {
  readonly path: string;
  readonly authority: string;
  readonly metadata: CallMetadata;
  readonly timeoutMs: number | undefined;
  /** Undefined: not known yet. */
  readonly peer: string | undefined;
}

/** A message, as observers are told of it. */
export interface LoggedMessage {
  readonly message: unknown;
  readonly bytes: Uint8Array;
}

type Entry = MessageInitShape<typeof GrpcLogEntrySchema>;

// Unique among the calls of the process, whatever logs there are. Never 0.
let lastCallId = 0n;

/** The log of one call. */
export class CallLog {
  readonly #setup: CallLogSetup;
  readonly #limits: LogLimits;
  readonly #callId: bigint;
  #sequence = 0n;
  #isPeerLogged = false;

  constructor(setup: CallLogSetup, limits: LogLimits) {
    this.#setup = setup;
    this.#limits = limits;
    this.#callId = ++lastCallId;
  }

  clientHeader({ path, authority, metadata, timeoutMs, peer }: CallBegin): void {
    const logged = toLoggedMetadata(metadata, this.#limits.headerBytes);
    const timeout = timeoutMs === undefined ? {} : { timeout: toDuration(timeoutMs) };
    this.#log(GrpcLogEntry_EventType.CLIENT_HEADER, {
      payload: {
        case: "clientHeader",
        value: { metadata: logged.metadata, methodName: path, authority, ...timeout },
      },
      payloadTruncated: logged.isTruncated,
      ...this.#peer(peer),
    });
  }

  /** @param peer on clients: who has answered. */
  serverHeader(metadata: CallMetadata, peer?: string): void {
    const logged = toLoggedMetadata(metadata, this.#limits.headerBytes);
    this.#log(GrpcLogEntry_EventType.SERVER_HEADER, {
      payload: { case: "serverHeader", value: { metadata: logged.metadata } },
      payloadTruncated: logged.isTruncated,
      ...this.#peer(peer),
    });
  }

  /** @param type of the message; undefined where it is not known. */
  clientMessage(message: LoggedMessage, type: DescMessage | undefined): void {
    this.#message(GrpcLogEntry_EventType.CLIENT_MESSAGE, message, type);
  }

  /** @param type of the message; undefined where it is not known. */
  serverMessage(message: LoggedMessage, type: DescMessage | undefined): void {
    this.#message(GrpcLogEntry_EventType.SERVER_MESSAGE, message, type);
  }

  halfClose(): void {
    this.#log(GrpcLogEntry_EventType.CLIENT_HALF_CLOSE, {});
  }

  /** @param peer on clients, where trailers are all that was received. */
  trailer(error: RpcError | undefined, metadata: CallMetadata, peer?: string): void {
    const logged = toLoggedMetadata(metadata, this.#limits.headerBytes);
    const { code = Code.OK, details = [] } = error ?? {};
    const message = scrubCredentials(error?.message ?? "");
    const status = create(StatusSchema, { code, message, details: [...details] });
    this.#log(GrpcLogEntry_EventType.SERVER_TRAILER, {
      payload: {
        case: "trailer",
        value: {
          metadata: logged.metadata,
          statusCode: code,
          statusMessage: message,
          ...(details.length > 0 && { statusDetails: toBinary(StatusSchema, status) }),
        },
      },
      payloadTruncated: logged.isTruncated,
      ...this.#peer(peer),
    });
  }

  cancel(): void {
    this.#log(GrpcLogEntry_EventType.CANCEL, {});
  }

  #message(
    event: EventType,
    { message, bytes }: LoggedMessage,
    type: DescMessage | undefined,
  ): void {
    const data =
      type === undefined ? bytes : cleanBytes(this.#setup.redactor, type, message, bytes);
    // What is on loan from the connection is copied, as far as it is kept.
    const kept = data.slice(0, Math.min(data.length, this.#limits.messageBytes));
    this.#log(event, {
      payload: { case: "message", value: { length: bytes.length, data: kept } },
      payloadTruncated: kept.length < data.length || data !== bytes,
    });
  }

  /** The peer is told once, with the first that came from it. */
  #peer(peer: string | undefined): Pick<Entry, "peer"> {
    if (peer === undefined || this.#isPeerLogged) return {};
    this.#isPeerLogged = true;
    return { peer: toAddress(peer) };
  }

  #log(type: EventType, entry: Entry): void {
    const { sink, logger, now } = this.#setup;
    sink.write(
      create(GrpcLogEntrySchema, {
        ...entry,
        timestamp: toTimestamp(now()),
        callId: this.#callId,
        sequenceIdWithinCall: ++this.#sequence,
        type,
        logger,
      }),
    );
  }
}

const noBytes = new Uint8Array(0);
const openBrace = 0x7b;

/** The bytes of a message without what must not be shown; `bytes` themselves where there is nothing of that. */
function cleanBytes(
  redactor: MessageRedactor,
  type: DescMessage,
  message: unknown,
  bytes: Uint8Array,
): Uint8Array {
  if (!redactor.isConcerned(type)) return bytes;
  const known = toMessage(type, message, bytes);
  if (known === undefined) return noBytes;
  const clean = redactor.redact(type, known);
  if (clean === known) return bytes;
  // In protobuf a message that begins like this would begin with a group of number 15.
  if (bytes[0] === openBrace) return new TextEncoder().encode(toJsonString(type, clean));
  return toBinary(type, clean);
}
