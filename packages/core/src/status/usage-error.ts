// The error for misuse of the API: thrown synchronously, to be fixed in the calling code.

/**
 * The caller used the API in a way that cannot work. The message says what was attempted, with which
 * value, and what is allowed. Never caused by a peer, and never sent to one.
 */
export class UsageError extends Error {
  static {
    UsageError.prototype.name = "UsageError";
  }
}
