// How often the connections of a channel ask whether their servers are there: less often once a server has had too much of it.
import type { Log } from "@trunkline/core";
import { type ConnectionLimits, connectionLimitDefaults, ErrorCode } from "@trunkline/http2";

/** What servers say in GOAWAY to those who ask too often (gRFC A8). */
const tooManyPings = "too_many_pings";

/** The limits of a channel's next connection, of which keepalive may change (gRFC A8). */
export class KeepalivePace {
  #limits: Partial<ConnectionLimits>;
  readonly #log: Log;

  constructor(limits: Partial<ConnectionLimits>, log: Log) {
    this.#limits = limits;
    this.#log = log;
  }

  /** For a new connection. */
  get limits(): Partial<ConnectionLimits> {
    return this.#limits;
  }

  /** A connection that was made with `limits` was told to go. */
  goawayReceived(
    limits: Partial<ConnectionLimits>,
    peer: string,
    code: number,
    debug: string,
  ): void {
    if (code !== ErrorCode.ENHANCE_YOUR_CALM || debug !== tooManyPings) return;
    const keepaliveTimeMs = 2 * paceOf(limits);
    // Connections that were told at the same time slow the channel down once.
    if (!Number.isFinite(keepaliveTimeMs) || keepaliveTimeMs <= paceOf(this.#limits)) return;
    this.#limits = { ...this.#limits, keepaliveTimeMs };
    this.#log.warn("the server was asked too often whether it is there", { peer, keepaliveTimeMs });
  }
}

function paceOf(limits: Partial<ConnectionLimits>): number {
  const { keepaliveTimeMs, minKeepaliveTimeMs } = { ...connectionLimitDefaults, ...limits };
  return Math.max(keepaliveTimeMs, minKeepaliveTimeMs);
}
