// What a peer is to the scenarios: a client that makes calls, a server to make them to.
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Identity } from "@trunkline/testkit";
import type { InteropService } from "./gen/trunkline/interop/v1/interop_pb.js";

/** The methods of the interop service, by their names in TypeScript. */
export type MethodName = keyof typeof InteropService.method;

/** Something that clients or servers of the wild cannot do, although the standard has it. */
export type Feature =
  | "deadline" // sends grpc-timeout, and reports DEADLINE_EXCEEDED
  | "long-deadline" // writes deadlines of more than a day in 8 digits
  | "inflates-before-status" // hands on compressed answers that stand before a failure
  | "details" // hands on the details of a status
  | "early-headers" // hands on the initial metadata of a unary call before the response
  | "lockstep" // can send a request after it has read a response
  | "message-limit" // refuses messages above 4 MiB
  | "compression" // compresses, and takes what is compressed
  | "load-reports" // reports the load of servers, or reads such reports (ORCA)
  | "compression-told"; // tells handlers whether a message came compressed

/** Metadata in order, several values of one name allowed; the value is bytes when the name ends in `-bin`. */
export type Fields = readonly (readonly [name: string, value: string | Uint8Array])[];

/** One call to make. */
export interface CallSpec<M extends MethodName = MethodName> {
  readonly method: M;
  readonly requests: readonly MessageInitShape<(typeof InteropService.method)[M]["input"]>[];
  readonly metadata?: Fields;
  readonly timeoutMs?: number;
  /** Cancel the call once this many responses have arrived; 0: once the initial metadata has. */
  readonly cancelAfter?: number;
  /** Keep the sending side open after the last request. */
  readonly holdOpen?: boolean;
  /** Bidirectional calls only: send each request after the responses to the one before. */
  readonly lockstep?: boolean;
}

/** How a call ended, in no implementation's own terms. */
export interface Outcome {
  readonly code: number;
  readonly message: string;
  readonly responses: readonly {
    readonly payload?: Uint8Array;
    readonly [field: string]: unknown;
  }[];
  /** Initial metadata, without what belongs to gRPC itself. */
  readonly headers: Fields;
  /** Trailing metadata, without what belongs to gRPC itself. */
  readonly trailers: Fields;
  /** The `google.rpc.ErrorInfo` details of the status, as `reason@domain`. */
  readonly details: readonly string[];
}

/** A client under test, connected to one server. */
export interface InteropClient {
  call(spec: CallSpec): Promise<Outcome>;
  close(): Promise<void> | void;
}

/** A server under test. */
export interface InteropServer {
  readonly port: number;
  stop(): Promise<void>;
  /** SIGKILL, for those that are processes of their own. */
  kill?(): Promise<void>;
}

/** How a server is to be secured; nothing: plaintext. */
export interface ServerSecurity {
  readonly identity: Identity;
  /** When set, clients must have a certificate of this authority (PEM). */
  readonly clientAuthority?: string;
}

/** How a client is to connect; nothing: plaintext. */
export interface ClientSecurity {
  /** The authority to trust (PEM). */
  readonly authority: string;
  readonly identity?: Identity;
}

/** An implementation of the client side. */
export interface ClientPeer {
  readonly name: string;
  readonly lacks: readonly Feature[];
  /** Makes a client; `target` is `host:port`. */
  connect(target: string, security?: ClientSecurity): Promise<InteropClient>;
}

/** An implementation of the server side. */
export interface ServerPeer {
  readonly name: string;
  readonly lacks: readonly Feature[];
  /** Starts a server on a free port of 127.0.0.1. */
  start(security?: ServerSecurity): Promise<InteropServer>;
}
