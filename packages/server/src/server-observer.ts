// What others can be told of a server as it happens: the services that it gets, its calls, and that it begins to end.
import type { DescService } from "@bufbuild/protobuf";
import type { CallScope, ConnectionInfo, StreamObserver } from "@trunkline/core";
import type { ClientPeer } from "./http/peer.js";
import type { ServerCallRecord } from "./telemetry/server-call-record.js";

/**
 * Is told what happens to a server, and, where it has the methods for that, to its calls. What it throws is logged, and
 * has no other effect. Those who only want totals have `callStarted` and `callEnded`, and read them from the record.
 */
export interface ServerObserver extends StreamObserver<ServerCallRecord> {
  /** A service has been added. Those that the server had before are in `server.services`. */
  serviceAdded?(service: DescService): void;
  /**
   * The server begins to end, by `shutdown`. It accepts no connections any more, but those that are open have not
   * been told (GOAWAY): what handlers answer within this turn of the event loop is on its way before that.
   */
  draining?(): void;
  /**
   * A request has come: its head is known, no message yet, and no interceptor has run. Refused ones are told, too,
   * right before their end.
   */
  callStarted?(call: ServerCallRecord): void;
  /**
   * Runs handlers and interceptors, besides the server's option `callScope`, so that the observer's own context is active in them. Only for
   * observers given by the option `observers`. Unlike those of the other methods, its failures are the call's.
   */
  readonly callScope?: Pick<CallScope, "run"> | undefined;
  /** The call has ended: with a status that was sent, or because nobody can be told any more. Follows each `callStarted`, once. */
  callEnded?(call: ServerCallRecord): void;
}

/** One connection of a server, as it was when it was asked for. */
export interface ServerConnectionInfo extends ConnectionInfo {
  /** Calls on it that have ended otherwise than with OK, those included that the client gave up. */
  readonly failedCalls: number;
  /** The client, as handlers see it. */
  readonly peer: ClientPeer;
}
