// Splits a channel's target text into scheme, authority and endpoint (gRPC naming document).
import { UsageError } from "@trunkline/core";

/** A target, taken apart. */
export interface Target {
  /** As the application wrote it. */
  readonly text: string;
  /** In lower case: `dns`. */
  readonly scheme: string;
  /** What stands between `//` and the next `/`; empty for most targets. */
  readonly authority: string;
  /** What follows the authority: `users:50051`. */
  readonly endpoint: string;
}

/**
 * Takes a target apart. A text that begins with none of the known schemes is an endpoint of `dns`.
 * @throws {UsageError} when it is empty or names a scheme that is not known.
 */
export function parseTarget(text: string, isKnownScheme: (scheme: string) => boolean): Target {
  if (typeof text !== "string" || text.trim() === "") {
    throw new UsageError(
      `target ${JSON.stringify(text)}: expected host:port, dns:///host:port, ipv4:, ipv6: or unix:`,
    );
  }
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]*):(?:\/\/([^/]*)\/)?(.*)$/s.exec(text);
  const scheme = match?.[1]?.toLowerCase() ?? "";
  if (match !== null && isKnownScheme(scheme)) {
    return { text, scheme, authority: match[2] ?? "", endpoint: match[3] ?? "" };
  }
  if (text.includes("://")) {
    const hint = /^https?:/i.test(text)
      ? "; a gRPC target is host:port, and TLS is chosen by the credentials option"
      : "";
    throw new UsageError(
      `target "${text}": no resolver is known for the scheme "${scheme}"${hint}`,
    );
  }
  return { text, scheme: "dns", authority: "", endpoint: text };
}
