// What OpenSSL complains of, without what it says about its own sources.

/** One line: `key values mismatch` for `error:05800074:x509 certificate routines::key values mismatch`. */
export function tlsErrorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [line = ""] = message.trim().split("\n", 1);
  const parts = /(?:^|:)error:[0-9A-F]+:[^:]*:[^:]*:([^:]+)/i.exec(line);
  return parts?.[1] ?? line;
}
