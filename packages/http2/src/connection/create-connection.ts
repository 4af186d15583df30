// Creates connections: checks the options, says hello.
import type { Connection, Role, Sink } from "../contract.js";
import { defaultWindow } from "../flow/credit.js";
import { maxInt31 } from "../frame/head.js";
import { UsageError } from "../usage-error.js";
import { Http2Connection } from "./connection.js";
import { type ConnectionLimits, connectionLimitDefaults } from "./limits.js";
import { connectionMagic } from "./magic.js";
import { sendWindowUpdate } from "./outbound/control.js";
import { Session } from "./session.js";
import { sendSettings } from "./settings.js";

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
}

/**
 * Creates one end of an HTTP/2 connection; the preface and SETTINGS wait in its output.
 * @throws UsageError for limits outside their ranges.
 */
export function createConnection(options: ConnectionOptions): Connection {
  const limits: ConnectionLimits = { ...connectionLimitDefaults, ...options.limits };
  checkLimits(limits);
  const session = new Session(options.role, options.sink, limits, options.outputReady);
  session.busy++;
  greet(session);
  session.busy--;
  return new Http2Connection(session);
}

function checkLimits(limits: ConnectionLimits): void {
  const { connectionWindowBytes, maxUnreadBytes } = limits;
  if (connectionWindowBytes < defaultWindow || connectionWindowBytes > maxInt31) {
    throw new UsageError(
      `connectionWindowBytes is ${connectionWindowBytes}, it must be ${defaultWindow} .. ${maxInt31}`,
    );
  }
  if (maxUnreadBytes < connectionWindowBytes) {
    throw new UsageError(
      `maxUnreadBytes is ${maxUnreadBytes}, it must be at least connectionWindowBytes, ${connectionWindowBytes}`,
    );
  }
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
  sendWindowUpdate(session, 0, credit);
}
