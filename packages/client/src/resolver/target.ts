// Splits a channel's target text into scheme, authority and endpoint (gRPC naming document).
import { UsageError } from "@trunkline/core";

/** A target, taken apart. */
export interface Target {
  /** As the application wrote it. */
  readonly text: string;
  /** In lower case: `dns`. */
  readonly scheme: string;
  /** What stands between `//` and the next `/`, percent-decoded; empty for most targets. */
  readonly authority: string;
  /** What follows the authority, percent-decoded: `users:50051`. */
  readonly endpoint: string;
}

/**
 * Takes a target apart (RFC 3986, gRPC naming document). A text that begins with none of the known schemes is an endpoint of `dns`.
 * @throws {UsageError} when it is empty or names a scheme that is not known.
 */
export function parseTarget(text: string, isKnownScheme: (scheme: string) => boolean): Target {
  if (typeof text !== "string" || text.trim() === "") {
    throw new UsageError(
      `target ${JSON.stringify(text)}: expected host:port, dns:///host:port, ipv4:, ipv6:, unix: or another scheme`,
    );
  }
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]*):(?:\/\/([^/]*)(?:\/|$))?(.*)$/s.exec(text);
  const scheme = match?.[1]?.toLowerCase() ?? "";
  if (match !== null && isKnownScheme(scheme)) {
    const authority = decode(match[2] ?? "", text);
    return { text, scheme, authority, endpoint: decode(match[3] ?? "", text) };
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

/** Percent signs that begin no escape stand for themselves: `[fe80::1%eth0]`. Between brackets only `%25` is one (RFC 6874 s2). */
function decode(part: string, text: string): string {
  const escapes = /(\[[^\]]*\])|((?:%[0-9a-f]{2})+)/gi;
  return part.replace(escapes, (_all, bracketed: string | undefined, escaped: string) => {
    if (bracketed !== undefined) {
      return bracketed.replace(/%25/g, "%");
    }
    try {
      return decodeURIComponent(escaped);
    } catch {
      throw new UsageError(`target "${text}": "${escaped}" is not percent-encoded UTF-8`);
    }
  });
}
