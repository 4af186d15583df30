// SETTINGS, WINDOW_UPDATE and PING in numbers that no use of a connection explains (CVE-2019-9512, 9515).
import { isOverdrawn, takeAllowance } from "../../flow/allowance.js";
import { ErrorCode } from "../../frame/error-code.js";
import type { Session } from "../session.js";
import { breach, breachWith } from "./breach.js";

/** What gRPC clients read as "your keepalive time is too short" (gRFC A8). */
export const tooManyPings = "too_many_pings";

/** WINDOW_UPDATE frames that a stream, and 16 KiB of DATA sent, explain. */
const updatesByStream = 2;
const updatesByData = 20;

/** A SETTINGS frame of the peer, no ACK. */
export function noteSettings(session: Session): void {
  const { stats, meters, limits, nowMs } = session;
  const { settingsBurst, settingsPerSecond } = limits;
  stats.settingsReceived++;
  meters.settingsPaidUpMs = takeAllowance(meters.settingsPaidUpMs, nowMs, settingsPerSecond);
  if (!isOverdrawn(meters.settingsPaidUpMs, nowMs, settingsBurst, settingsPerSecond)) return;
  breach(session, "settingsBurst", `more than ${settingsBurst} SETTINGS frames`);
}

/**
 * So many streams whose windows a SETTINGS frame moves count as one more frame. Peers that measure the path double their
 * windows eight times at most, which a thousand streams must not make an attack.
 */
const streamsPerSettings = 128;

/** A SETTINGS frame that moves the windows of all streams: that is work for each of them. */
export function noteWindowShift(session: Session): void {
  const { meters, limits, activeStreams } = session;
  const more = Math.floor(activeStreams / streamsPerSettings);
  meters.settingsPaidUpMs += (more * 1000) / limits.settingsPerSecond;
}

/** A WINDOW_UPDATE frame: there can be as many as there was DATA to send. */
export function noteWindowUpdate(session: Session): void {
  const { stats, limits } = session;
  stats.windowUpdatesReceived++;
  const explained =
    limits.windowUpdateSlack +
    updatesByStream * stats.streamsOpened +
    updatesByData * session.dataUnitsSent;
  if (stats.windowUpdatesReceived <= explained) return;
  const message = `${stats.windowUpdatesReceived} WINDOW_UPDATE frames are more than DATA sent explains`;
  breach(session, "windowUpdateSlack", message);
}

/** A PING of the peer, no ACK. One that comes after HEADERS or DATA were sent measures the path, and is free. */
export function notePing(session: Session): void {
  const { stats, meters, limits, nowMs } = session;
  const { pingBurst, pingsPerSecond } = limits;
  stats.pingsReceived++;
  const sent = session.headersSent + session.dataUnitsSent;
  const isFree = sent !== meters.sentAtPing;
  const sinceLastMs = nowMs - meters.lastPingMs;
  meters.sentAtPing = sent;
  meters.lastPingMs = nowMs;
  if (isFree) {
    stats.pingStrikes = 0;
    return;
  }
  if (session.role === "server" && sinceLastMs < leastIntervalMs(session)) strike(session);
  meters.pingsPaidUpMs = takeAllowance(meters.pingsPaidUpMs, nowMs, pingsPerSecond);
  if (!isOverdrawn(meters.pingsPaidUpMs, nowMs, pingBurst, pingsPerSecond)) return;
  breachWith(session, "pingBurst", ErrorCode.ENHANCE_YOUR_CALM, tooManyPings);
}

function leastIntervalMs(session: Session): number {
  const { minPingIntervalMs, minIdlePingIntervalMs, pingsWithoutCalls } = session.limits;
  if (session.activeStreams > 0 || pingsWithoutCalls) return minPingIntervalMs;
  return minIdlePingIntervalMs;
}

function strike(session: Session): void {
  session.stats.pingStrikes++;
  if (session.stats.pingStrikes <= session.limits.maxPingStrikes) return;
  breachWith(session, "maxPingStrikes", ErrorCode.ENHANCE_YOUR_CALM, tooManyPings);
}
