// Adds up what the connections of a server count about themselves, those included that have ended.
import {
  type ConnectionCloseReason,
  type ConnectionStats,
  errorCodeName,
  type LimitName,
} from "@trunkline/http2";

/** The counters that make sense as a sum, as `ConnectionStats` describes them. */
export type SummedName =
  | "streamsOpened"
  | "streamsEnded"
  | "streamsRefused"
  | "resetsReceived"
  | "prematureResets"
  | "errorResets"
  | "oversizedHeaderLists"
  | "glitches"
  | "settingsReceived"
  | "pingsReceived"
  | "windowUpdatesReceived"
  | "emptyDataReceived"
  | "turnsYielded"
  | "pingsSent"
  | "unreadPauses"
  | "writePauses";

const summed: readonly SummedName[] = [
  "streamsOpened",
  "streamsEnded",
  "streamsRefused",
  "resetsReceived",
  "prematureResets",
  "errorResets",
  "oversizedHeaderLists",
  "glitches",
  "settingsReceived",
  "pingsReceived",
  "windowUpdatesReceived",
  "emptyDataReceived",
  "turnsYielded",
  "pingsSent",
  "unreadPauses",
  "writePauses",
];

/** Sums of the counters of all connections, and why connections were ended by the server. */
export interface ConnectionSums extends Readonly<Record<SummedName, number>> {
  /** Connections that were ended because the client broke a limit, by its name in `ConnectionLimits`. */
  readonly limitsBroken: Readonly<Partial<Record<LimitName, number>>>;
  /** Connections that were ended because the client broke the protocol, by HTTP/2 error code. */
  readonly protocolErrors: Readonly<Record<string, number>>;
}

/** The sums, and what is open now. */
export interface ConnectionFigures extends ConnectionSums {
  /** Calls that have ended otherwise than with OK, those included that their clients gave up. */
  readonly failedCalls: number;
  /** Connections that were ended at once (GOAWAY), because `maxConnectionsPerAddress` of their address were open. */
  readonly refusedByAddress: number;
  /** HTTP/2 connections that are open. */
  readonly openConnections: number;
  /** Handlers that have not finished, including those whose calls are over for the client. */
  readonly liveHandlers: number;
  /** DATA that waits to be sent, in bytes. */
  readonly queuedBytes: number;
}

/** Sums over connections. */
export class ConnectionTotals {
  readonly #sums: Record<SummedName, number> = Object.fromEntries(
    summed.map((name) => [name, 0]),
  ) as Record<SummedName, number>;
  readonly #limitsBroken: Partial<Record<LimitName, number>> = {};
  readonly #protocolErrors: Record<string, number> = {};

  /** Adds what one connection has counted. */
  add(stats: Readonly<ConnectionStats>): void {
    for (const name of summed) this.#sums[name] += stats[name];
  }

  /** Notes why a connection has ended, if the client is to blame. */
  noteEnd({ source, limit, code }: ConnectionCloseReason): void {
    // A client that does not answer counts as a transport that is gone.
    if (limit !== undefined) this.#limitsBroken[limit] = (this.#limitsBroken[limit] ?? 0) + 1;
    else if (source === "local" && code !== 0) {
      const name = errorCodeName(code);
      this.#protocolErrors[name] = (this.#protocolErrors[name] ?? 0) + 1;
    }
  }

  /** The sums so far. */
  get figures(): ConnectionSums {
    return {
      ...this.#sums,
      limitsBroken: { ...this.#limitsBroken },
      protocolErrors: { ...this.#protocolErrors },
    };
  }

  /** Sums of their own that begin with these. */
  copy(): ConnectionTotals {
    const copy = new ConnectionTotals();
    Object.assign(copy.#sums, this.#sums);
    Object.assign(copy.#limitsBroken, this.#limitsBroken);
    Object.assign(copy.#protocolErrors, this.#protocolErrors);
    return copy;
  }
}
