// What a call needs to know of the connection it came in on.
import type { Connection } from "@trunkline/http2";
import type { ClientPeer } from "./peer.js";
import type { ResponseGate } from "./response-gate.js";

/** What a call needs to know of the connection it came in on. */
export interface HttpConnection {
  readonly engine: Connection;
  readonly peer: ClientPeer;
  /**
   * Handlers that have not finished, including those whose stream is gone. They count against the
   * limit on streams: else a client that resets its streams at once could pile up work without bound.
   */
  liveHandlers: number;
  /** Calls that have ended otherwise than with OK. */
  failedCalls: number;
  /** Made when an answer has to wait for the first time. */
  gate: ResponseGate | undefined;
}
