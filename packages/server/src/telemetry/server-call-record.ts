// What observers of a server are told of one call; made only where somebody listens.
import type { DescMethod } from "@bufbuild/protobuf";
import { ContextValues, Metadata, metadataFromFields, StreamRecord } from "@trunkline/core";
import { type CallContext, parseAttempts } from "../dispatch/call-context.js";
import type { ServerCall } from "../dispatch/server-call.js";
import type { ClientPeer } from "../http/peer.js";
import { readAuthority } from "../protocol/grpc/authority.js";

/** What a call is for. */
export interface CallTarget {
  /** `/package.Service/Method`, as the client has written it. */
  readonly path: string;
  /** The method, where anything is known of it. */
  readonly method: DescMethod | undefined;
  /** Whether a service that was added to the server has the method. */
  readonly isRegistered: boolean;
}

/** The part of a call that goes on while its record is read. */
export interface RecordedCall {
  readonly context: CallContext | undefined;
  readonly deadline: number | undefined;
  readonly format: string;
  readonly timeoutMs: number | undefined;
  readonly requestCompression: string;
  readonly responseCompression: string;
}

/** The request that a call begins with. */
export interface RecordedRequest {
  readonly peer: ClientPeer;
  /** Its header fields, name, value, name, value ... */
  readonly fields: readonly string[];
}

/**
 * A call of a server, the same object from its begin to its end. Calls that no handler sees have one, too: of methods
 * that nobody has, with a content type that is not gRPC's, beyond a limit.
 */
export class ServerCallRecord extends StreamRecord {
  /** What it is for. */
  readonly target: CallTarget;
  /** Who calls. */
  readonly peer: ClientPeer;
  readonly #fields: readonly string[];
  readonly #call: RecordedCall | undefined;
  #metadata: Metadata | undefined = undefined;
  #values: ContextValues | undefined = undefined;

  /** @param call undefined: it is refused before any of its body is read. */
  constructor(
    target: CallTarget,
    request: RecordedRequest,
    call: RecordedCall | undefined,
    startedMs: number,
  ) {
    super(startedMs);
    this.target = target;
    this.peer = request.peer;
    this.#fields = request.fields;
    this.#call = call;
  }

  /**
   * `/package.Service/Method`, as the client has written it; empty when the request had none. Unless `isRegistered`,
   * there is no end to what clients may write here.
   */
  get path(): string {
    return this.target.path;
  }

  /** The method; undefined when no service of the server has it, unless the option `unknownMethod` serves it. */
  get method(): DescMethod | undefined {
    return this.target.method;
  }

  /** Whether a service that was added to the server has the method, be it without a handler. */
  get isRegistered(): boolean {
    return this.target.isRegistered;
  }

  /** What the handler has, which it may have changed; undefined before it is run, and when it never is. */
  get call(): ServerCall | undefined {
    return this.#call?.context;
  }

  /** Values that the handler and the interceptors share; what is set when the call begins is there for them. */
  get context(): ContextValues {
    const { context } = this.#call ?? {};
    if (context !== undefined) return context.context;
    this.#values ??= new ContextValues();
    return this.#values;
  }

  /** Those that were asked for before there was a context. */
  get knownContext(): ContextValues | undefined {
    return this.#values;
  }

  /** The metadata, if anybody has asked for it. */
  get knownMetadata(): Metadata | undefined {
    return this.#metadata;
  }

  /** The request metadata, as the handler sees it; interceptors may have changed what the handler gets. Not to be changed. */
  get requestMetadata(): Metadata {
    const { context } = this.#call ?? {};
    if (context !== undefined) return context.metadata;
    this.#metadata ??= metadataFromFields(this.#fields);
    return this.#metadata;
  }

  /** Whether the request has any of these fields, names in lower case: cheaper than `requestMetadata`. */
  hasField(names: readonly string[]): boolean {
    const fields = this.#fields;
    for (let at = 0; at < fields.length; at += 2) {
      if (names.includes(fields[at]!)) return true;
    }
    return false;
  }

  /** The metadata of the response's head, as far as it is known; empty for none. Not to be changed. */
  get responseHeaders(): Metadata {
    return this.#call?.context?.knownHeaders ?? new Metadata();
  }

  /** The metadata of the trailers, that of the error included; empty for none. Not to be changed. */
  get responseTrailers(): Metadata {
    const known = this.#call?.context?.knownTrailers;
    const { error } = this;
    if (error === undefined || !error.hasMetadata) return known ?? new Metadata();
    return known === undefined ? error.metadata : known.clone().merge(error.metadata);
  }

  /** Whom the client wanted to reach; empty when it has not said. */
  get authority(): string {
    return readAuthority(this.#fields);
  }

  /** How messages are written: `proto`, `json` ...; undefined for a call that was refused. */
  get format(): string | undefined {
    return this.#call?.format;
  }

  /** When the call must have ended, milliseconds since 1970; undefined: there is no limit. */
  get deadlineMs(): number | undefined {
    return this.#call?.deadline;
  }

  /** The time that the call has, milliseconds: what the client has asked for within the server's limits; undefined: there is no limit. */
  get timeoutMs(): number | undefined {
    return this.#call?.timeoutMs;
  }

  /** The encoding of requests; `identity` for none. */
  get requestCompression(): string {
    return this.#call?.requestCompression ?? "identity";
  }

  /** The encoding of responses; `identity` for none. */
  get responseCompression(): string {
    return this.#call?.responseCompression ?? "identity";
  }

  /** See `ServerCall`. */
  get previousAttempts(): number {
    return parseAttempts(this.requestMetadata);
  }
}
