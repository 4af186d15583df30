// Makes receive windows as large as the path needs, by what arrives during the round trips of PINGs.
import { BandwidthEstimate } from "../flow/bandwidth-estimate.js";
import type { Session } from "./session.js";
import { sendSettings } from "./settings.js";
import { creditConnection } from "./stream-end.js";

/** The PING that went out with a WINDOW_UPDATE has come back. */
export function growWindows(session: Session, rttMs: number): void {
  if (!session.windowsMayGrow) return;
  session.bandwidth ??= new BandwidthEstimate(session.windowTarget, session.largestWindow);
  const { bandwidth } = session;
  // Where the application does not keep up, a larger window would only hold more unread DATA.
  if (session.unread > bandwidth.window / 2) return;
  if (!bandwidth.addSample(session.dataBytesReceived - session.receivedAtPing, rttMs)) return;
  session.windowsMayGrow = !bandwidth.isComplete;
  const { window } = bandwidth;
  session.stats.windowBytes = window;
  sendSettings(session, { initialWindowSize: window });
  session.connectionTarget = Math.max(session.connectionTarget, window);
  creditConnection(session);
}
