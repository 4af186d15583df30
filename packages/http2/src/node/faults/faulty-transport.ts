// Connections on which a test can make everything go wrong that goes wrong on networks.
import { ErrorCode } from "../../frame/error-code.js";
import { formatGoaway } from "../../frame/goaway.js";
import { UsageError } from "../../usage-error.js";
import type { ByteStream } from "../byte-stream.js";
import { Bridge, type BridgeSetup } from "./bridge.js";
import { createFaults } from "./checked-faults.js";
import type { FaultClock, LaneFaults } from "./lane.js";

/** What a GOAWAY says. */
export interface GoawayFault {
  /** HTTP/2 error code, RFC 9113 s7. Default 0, NO_ERROR. */
  readonly code?: number | undefined;
  /** Calls on streams above it count as never seen by the server. Default 2^31 - 1: those under way may finish. */
  readonly lastStreamId?: number | undefined;
  /** Debug text. Default none. */
  readonly debug?: string | undefined;
}

/** Options of `createFaultyTransport`. */
export interface FaultyTransportOptions {
  /** Faults of the direction to the server, from the start. Default none. */
  readonly toServer?: Partial<LaneFaults> | undefined;
  /** Faults of the direction to the client, from the start. Default none. */
  readonly toClient?: Partial<LaneFaults> | undefined;
  /** What delays are measured with, for example a fake clock. Default: the system's. */
  readonly clock?: FaultClock | undefined;
}

/** A transport with faults that can be switched on and off while it runs. */
export interface FaultyTransport<A> {
  /** Option `connect` of `createChannel`. */
  readonly connect: (address: A) => Promise<ByteStream>;
  /** What goes wrong on the way to the server. */
  readonly toServer: LaneFaults;
  /** What goes wrong on the way to the client. */
  readonly toClient: LaneFaults;
  /** New connections are refused with ECONNREFUSED while it is true. Default false. */
  isRefusing: boolean;
  /** How many connections are open. */
  readonly connectionCount: number;
  /** Breaks all connections that are open, as a RST of TCP does. */
  reset(): void;
  /** Has the client of each open connection receive a GOAWAY that the server knows nothing of. */
  goAway(goaway?: GoawayFault): void;
}

const systemClock: FaultClock = {
  now: () => performance.now(),
  setTimer(ms, wake) {
    const timer = setTimeout(wake, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

/**
 * Wraps a dialer, so that what goes over its connections may be late, slow, lost or cut off. Without
 * faults everything passes as it is.
 * @param connect makes the true connections: in memory, or over a network.
 * @throws {UsageError} when a fault is out of its range; so does setting one later.
 * @example
 * const transport = createFaultyTransport(createInMemoryTransport(server).connect);
 * const channel = createChannel("unix:test", { connect: transport.connect });
 * transport.toClient.delayMs = 100;
 * transport.reset();
 */
export function createFaultyTransport<A>(
  connect: (address: A) => Promise<ByteStream>,
  options: FaultyTransportOptions = {},
): FaultyTransport<A> {
  return new Faults(connect, options);
}

class Faults<A> implements FaultyTransport<A>, BridgeSetup {
  isRefusing = false;
  readonly clock: FaultClock;
  readonly toServer: LaneFaults;
  readonly toClient: LaneFaults;
  readonly connect: (address: A) => Promise<ByteStream>;
  readonly #bridges = new Set<Bridge>();

  constructor(
    connect: (address: A) => Promise<ByteStream>,
    { clock = systemClock, toServer, toClient }: FaultyTransportOptions,
  ) {
    this.clock = clock;
    this.toServer = createFaults("toServer", toServer);
    this.toClient = createFaults("toClient", toClient);
    this.connect = async (address) => {
      if (this.isRefusing) throw connectionRefused();
      const bridge = new Bridge(await connect(address), this);
      this.#bridges.add(bridge);
      return bridge.client;
    };
  }

  get connectionCount(): number {
    return this.#bridges.size;
  }

  closed(bridge: Bridge): void {
    this.#bridges.delete(bridge);
  }

  reset(): void {
    for (const bridge of [...this.#bridges]) bridge.reset("the faulty transport was told to reset");
  }

  goAway(goaway: GoawayFault = {}): void {
    const { code = ErrorCode.NO_ERROR, lastStreamId = 2 ** 31 - 1, debug = "" } = goaway;
    if (!(Number.isInteger(lastStreamId) && lastStreamId >= 0 && lastStreamId < 2 ** 31)) {
      throw new UsageError(`lastStreamId is ${lastStreamId}; it must be from 0 to 2^31 - 1`);
    }
    if (!(Number.isInteger(code) && code >= 0 && code < 2 ** 32)) {
      throw new UsageError(`the code of a GOAWAY is ${code}; it must be from 0 to 2^32 - 1`);
    }
    const frame = formatGoaway(lastStreamId, code, debug);
    for (const bridge of this.#bridges) bridge.insert(frame);
  }
}

function connectionRefused(): Error {
  const error = new Error("connect ECONNREFUSED: the faulty transport refuses connections");
  return Object.assign(error, { code: "ECONNREFUSED" });
}
