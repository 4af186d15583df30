// Finds what is meant by the name of a server: exact names before wildcards, in any case (RFC 6125 s6.4).

/** Values by the names of servers. Of two values with the same name the first one counts. */
export class NameTable<T> {
  readonly #exact = new Map<string, T>();
  readonly #wildcards = new Map<string, T>();

  /** @param name `users.example`; `*.users.example` stands for one label more. */
  add(name: string, value: T): void {
    const isWildcard = name.startsWith("*.");
    const table = isWildcard ? this.#wildcards : this.#exact;
    const key = normalize(isWildcard ? name.slice(2) : name);
    if (!table.has(key)) table.set(key, value);
  }

  find(name: string): T | undefined {
    const wanted = normalize(name);
    const dot = wanted.indexOf(".");
    // A wildcard stands for one whole label, not for an empty one.
    const parent = dot > 0 ? wanted.slice(dot + 1) : "";
    return this.#exact.get(wanted) ?? this.#wildcards.get(parent);
  }
}

/** Names are compared without regard to case; a dot at the end says that they are complete, which they are. */
function normalize(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
