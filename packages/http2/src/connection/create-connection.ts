// Creates connections: checks the options, says hello.
import type { Connection, Role, Sink } from "../contract.js";
import { completeLimits } from "./check-limits.js";
import { Http2Connection } from "./connection.js";
import { startTimers } from "./lifetime/wake.js";
import type { ConnectionLimits } from "./limits.js";
import { connectionMagic } from "./magic.js";
import { sendWindowUpdate } from "./outbound/control.js";
import { Session } from "./session.js";
import { sendSettings } from "./settings.js";

/** The middle of the spread. */
const noSpread = (): number => 0.5;

/** What a connection is made of. */
export interface ConnectionOptions {
  /** Which end of the connection this is. */
  readonly role: Role;
  /** Hears of everything that happens on the connection. */
  readonly sink: Sink;
  /** Limits that differ from `connectionLimitDefaults`. */
  readonly limits?: Partial<ConnectionLimits> | undefined;
  /**
   * Called when output begins to wait outside of `receive`, `take` and `wake`, and again when it
   * passes 64 KiB: after those the owner looks by itself. Not called during `createConnection`,
   * after which SETTINGS always wait.
   */
  readonly outputReady?: (() => void) | undefined;
  /** The time now, from which the handshake, ages and silences count. Without it they count from the first input. */
  readonly nowMs?: number | undefined;
  /** A random number, 0 up to 1, that `maxConnectionAgeMs` is spread with. Without it nothing is spread. */
  readonly random?: (() => number) | undefined;
}

/**
 * Creates one end of an HTTP/2 connection; the preface and SETTINGS wait in its output.
 * @throws UsageError for limits outside their ranges.
 */
export function createConnection(options: ConnectionOptions): Connection {
  const { role, sink, outputReady, nowMs, random = noSpread } = options;
  const session = new Session(
    role,
    sink,
    completeLimits(role, options.limits),
    outputReady,
    random,
  );
  if (nowMs !== undefined) startTimers(session, nowMs);
  session.busy++;
  greet(session);
  session.busy--;
  return new Http2Connection(session);
}

function greet(session: Session): void {
  const { limits, role, output } = session;
  const isClient = role === "client";
  if (isClient) output.append(connectionMagic);
  sendSettings(session, {
    headerTableSize: limits.headerTableBytes === 4096 ? undefined : limits.headerTableBytes,
    enablePush: isClient ? false : undefined,
    maxConcurrentStreams: isClient ? undefined : limits.maxConcurrentStreams,
    initialWindowSize: limits.streamWindowBytes,
    maxFrameSize: limits.maxFrameBytes,
    maxHeaderListSize: limits.maxHeaderListBytes,
  });
  const credit = limits.connectionWindowBytes - session.receiveWindow;
  if (credit === 0) return;
  session.receiveWindow += credit;
  session.windowGranted += credit;
  sendWindowUpdate(session, 0, credit);
}
