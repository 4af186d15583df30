// Finds whom a client wants to reach among the headers of its request.
/** @returns the host that the client asked for; empty when it named none. */
export function readAuthority(fields: readonly string[]): string {
  let host = "";
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === ":authority") return fields[i + 1]!;
    if (fields[i] === "host") host = fields[i + 1]!;
  }
  return host;
}
