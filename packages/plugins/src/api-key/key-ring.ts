// The keys that are good, found by their hashes.
import { createPrincipal, type Principal, UsageError } from "@trunkline/core";
import { isSameDigest } from "../authentication/node/digest.js";
import type { ApiKeyRecord } from "./api-key.js";

/** A record, and the principal that all its calls share. */
export interface RingEntry {
  readonly record: ApiKeyRecord;
  readonly principal: Principal;
}

/** How much of a hash finds its record; the rest is compared in constant time. */
const indexLength = 8;

/** See the file's first line. */
export class KeyRing {
  readonly #byStart = new Map<string, RingEntry[]>();

  /** @throws {UsageError} when a record cannot be used, or an id or a hash is there twice. */
  constructor(records: readonly ApiKeyRecord[]) {
    if (!Array.isArray(records)) throw new UsageError("API keys must be a list of records");
    const seen = new Set<string>();
    for (const record of records) {
      checkRecord(record);
      for (const value of [`id ${record.id}`, record.hash]) {
        if (seen.has(value)) throw new UsageError(`API key ${record.id} is there twice`);
        seen.add(value);
      }
      const start = startOf(record.hash);
      const entries = this.#byStart.get(start) ?? [];
      entries.push({ record, principal: toPrincipal(record) });
      this.#byStart.set(start, entries);
    }
  }

  /** The entry with this hash. */
  find(hash: string): RingEntry | undefined {
    return this.#byStart.get(startOf(hash))?.find(({ record }) => isSameDigest(record.hash, hash));
  }
}

function startOf(hash: string): string {
  return hash.slice("sha256:".length, "sha256:".length + indexLength);
}

function checkRecord(record: ApiKeyRecord): void {
  const { id, hash, notBeforeMs, expiresAtMs } = record ?? {};
  if (typeof id !== "string" || id === "") throw new UsageError("an API key has no id");
  if (typeof hash !== "string" || !/^sha256:[A-Za-z0-9_-]{43}$/.test(hash)) {
    // Not quoted: somebody may have put the key itself there.
    throw new UsageError(`the hash of API key ${id} is not what hashApiKey makes`);
  }
  for (const time of [notBeforeMs, expiresAtMs]) {
    if (time !== undefined && !Number.isFinite(time)) {
      throw new UsageError(`API key ${id} has a time that is not milliseconds since 1970`);
    }
  }
}

function toPrincipal({
  id,
  name,
  roles,
  scopes,
  attributes,
  expiresAtMs,
}: ApiKeyRecord): Principal {
  return Object.freeze(
    createPrincipal({
      kind: "api-key",
      name: name ?? id,
      roles: Object.freeze([...(roles ?? [])]),
      scopes: Object.freeze([...(scopes ?? [])]),
      claims: Object.freeze({ ...attributes, keyId: id }),
      expiresAtMs,
    }),
  );
}
