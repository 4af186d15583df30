// The time a peer has to introduce itself, to acknowledge SETTINGS, and to finish a header block.
import { ErrorCode } from "../../frame/error-code.js";
import { breach, breachWith } from "../floods/breach.js";
import type { Session } from "../session.js";

const never = Number.POSITIVE_INFINITY;

/** SETTINGS of the peer, or its ACK of ours, have come: sets the clock for what is still missing. */
export function settingsMoved(session: Session): void {
  const { timers, limits, unacknowledged } = session;
  const isGreeted = session.peerSettingsReceived && session.greetingAcknowledged;
  if (!isGreeted) return;
  timers.handshake = never;
  const isWaiting = unacknowledged.length > 0;
  timers.settingsAck = isWaiting ? session.nowMs + limits.settingsAckTimeoutMs : never;
}

/** `timers.handshake` is due. */
export function failHandshake(session: Session): void {
  const { handshakeTimeoutMs } = session.limits;
  const missing = session.peerSettingsReceived ? "the ACK of ours" : "the peer's SETTINGS";
  const message = `handshakeTimeoutMs: ${missing} did not come within ${handshakeTimeoutMs} ms`;
  breachWith(session, "handshakeTimeoutMs", ErrorCode.SETTINGS_TIMEOUT, message);
}

/** `timers.settingsAck` is due. */
export function failSettingsAck(session: Session): void {
  const { settingsAckTimeoutMs } = session.limits;
  const message = `settingsAckTimeoutMs: SETTINGS were not acknowledged within ${settingsAckTimeoutMs} ms`;
  breachWith(session, "settingsAckTimeoutMs", ErrorCode.SETTINGS_TIMEOUT, message);
}

/** After each chunk: `isOpen` says that it ended inside a header block. */
export function watchHeaderBlock(session: Session, isOpen: boolean): void {
  const { timers, limits } = session;
  if (!isOpen) timers.headerBlock = never;
  else if (timers.headerBlock === never || session.blockWatched !== session.blocksReceived) {
    session.blockWatched = session.blocksReceived;
    timers.headerBlock = session.nowMs + limits.headerBlockTimeoutMs;
  }
}

/** `timers.headerBlock` is due. */
export function failHeaderBlock(session: Session): void {
  const { headerBlockTimeoutMs } = session.limits;
  const message = `a header block was not complete after ${headerBlockTimeoutMs} ms`;
  breach(session, "headerBlockTimeoutMs", message);
}
