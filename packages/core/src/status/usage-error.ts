// The error for misuse of the API: thrown synchronously, to be fixed in the calling code.
import { scrubCredentials } from "../telemetry/log-text.js";

/**
 * The caller used the API in a way that cannot work. The message says what was attempted, with which
 * value, and what is allowed; what looks like a credential is left out of it. Never caused by a peer, and
 * never sent to one.
 */
export class UsageError extends Error {
  static {
    UsageError.prototype.name = "UsageError";
  }

  constructor(message?: string, options?: ErrorOptions) {
    super(message === undefined ? undefined : scrubCredentials(message), options);
  }
}
