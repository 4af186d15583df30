// The names in a certificate, out of the texts that Node.js makes of them.

/**
 * Takes `subjectaltname` apart. Node.js writes names that could be mistaken for several as JSON strings, so that
 * a certificate for the URI `x:, DNS:admin` is not one for the DNS name `admin`: a comma inside quotes separates nothing.
 * @returns `DNS:a.example`, `URI:spiffe://x/y` ..., without quotes; none at all when the text is not well formed.
 */
export function parseAltNames(text: string): string[] {
  const names = text.match(/[^",]*(?:"(?:[^"\\]|\\.)*"[^",]*)*(?:, |$)/g) ?? [];
  // Node.js writes no such text; half-understood names would be worse than none.
  if (names.join("") !== text) return [];
  return names.map((name) => unquote(name.replace(/, $/, ""))).filter((name) => name !== "");
}

function unquote(name: string): string {
  const colon = name.indexOf(":");
  const value = name.slice(colon + 1);
  if (!value.startsWith('"')) return name;
  try {
    return name.slice(0, colon + 1) + String(JSON.parse(value));
  } catch {
    return name;
  }
}

/** The names of one kind (`URI`, `DNS`), without it. */
export function namesOfKind(kind: string, names: readonly string[]): string[] {
  const start = `${kind}:`;
  return names.filter((name) => name.startsWith(start)).map((name) => name.slice(start.length));
}

// SPIFFE-ID 2: a trust domain of a-z 0-9 . - _, and path segments of letters, digits and these three, none of them "." or "..".
const spiffePattern = /^spiffe:\/\/[a-z0-9._-]{1,255}(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)*$/;
const maxSpiffeIdLength = 2048;

/** The SPIFFE id among the URIs of a certificate: an X.509-SVID has exactly one URI (X509-SVID 2). */
export function toSpiffeId(uris: readonly string[]): string | undefined {
  const [uri] = uris;
  if (uri === undefined || uris.length > 1 || uri.length > maxSpiffeIdLength) return undefined;
  return spiffePattern.test(uri) ? uri : undefined;
}

/** A subject as RFC 4514 writes it: the last attribute first, special characters behind a backslash. */
export function formatSubject(subject: object | undefined): string | undefined {
  if (subject === undefined) return undefined;
  const parts = Object.entries(subject).flatMap(([type, value]: [string, unknown]) =>
    [value].flat().map((one) => `${type}=${escapeValue(String(one))}`),
  );
  return parts.reverse().join(",");
}

/** RFC 4514 s2.4. */
function escapeValue(value: string): string {
  return value.replace(/[\\",+<>;]|^[ #]| $/g, "\\$&").replaceAll("\0", "\\00");
}
