// Watches over the end of credentials that do not come from watched files.
import { type Clock, systemClock } from "../../call/clock.js";
import type {
  ChannelCredentials,
  TlsChannelCredentials,
} from "../../credentials/channel-credentials.js";
import { isReloadable, type Reloadable } from "../../credentials/reloadable-tls.js";
import type {
  ServerCredentials,
  TlsServerCredentials,
} from "../../credentials/server-credentials.js";
import { type Log, processLog } from "../../telemetry/log-port.js";
import { type ExpiringItem, type ExpiryOptions, listExpiring } from "./expiring-items.js";
import { ExpiryWatch } from "./expiry-watch.js";
import { type TlsEventListener, tellTlsEvent } from "./tls-events.js";

type InForce = TlsServerCredentials | TlsChannelCredentials;

/** Options of `watchTlsExpiry`. */
export interface WatchTlsExpiryOptions extends ExpiryOptions {
  /** Hears of what expires. Default: only the log does. */
  readonly onEvent?: TlsEventListener | undefined;
  /** Where it is written. Default: that of the process. */
  readonly log?: Log | undefined;
  /** What is waited with; for tests. Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Says in time that the certificates of `credentials` expire; what `watchTlsServerCredentials` and
 * `watchTlsChannelCredentials` make says so by itself. Follows `update`, and does not keep the process alive.
 * @returns what ends it.
 * @throws Error when a certificate cannot be read.
 * @example
 * const watch = await watchTlsExpiry(credentials, { expiryWarningDays: [14, 3], onEvent: (event) => page(event) });
 */
export async function watchTlsExpiry(
  credentials: Exclude<ServerCredentials | ChannelCredentials, { readonly kind: "plaintext" }>,
  options: WatchTlsExpiryOptions = {},
): Promise<{ close(): void }> {
  const crypto = await import("node:crypto");
  const { clock = systemClock, log = processLog, onEvent } = options;
  const expiry = new ExpiryWatch<ExpiringItem>(
    clock,
    ({ of, validToMs, certificate }, daysLeft) => {
      const kind = daysLeft > 0 ? "expiring" : "expired";
      tellTlsEvent({ kind, of, daysLeft, validToMs, certificate }, log, onEvent);
    },
  );
  const reloadable: Reloadable<InForce> | undefined = isReloadable(credentials)
    ? (credentials as Reloadable<InForce>)
    : undefined;
  expiry.watch(listExpiring(crypto, reloadable?.current ?? (credentials as InForce), options));
  const release = reloadable?.adopt((next) => {
    const items = listExpiring(crypto, next, options);
    return () => expiry.watch(items);
  });
  return {
    close() {
      release?.();
      expiry.close();
    },
  };
}
