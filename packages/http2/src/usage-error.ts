// The error thrown at a caller who misuses the engine; the peer's faults never throw.

/** The caller broke the API's rules. The message says what was being done, with which value, against which limit. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
