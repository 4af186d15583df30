// API keys: how they are made, and what is kept of them.
import { UsageError } from "@trunkline/core";
import { digestOf } from "../authentication/node/digest.js";

/** What a server knows of a key: everything but the key. Plain JSON. */
export interface ApiKeyRecord {
  /** Names the key among the others, so that it can be withdrawn; no secret. */
  readonly id: string;
  /** SHA-256 of the key: `sha256:` and base64url, as `hashApiKey` and `createApiKey` make it. */
  readonly hash: string;
  /** Whose key it is: the principal's name. Several keys may have one, while they are rotated. Default: `id`. */
  readonly name?: string | undefined;
  /** What the principal is. Default: nothing. */
  readonly roles?: readonly string[] | undefined;
  /** What the key may be used for. Default: nothing is said. */
  readonly scopes?: readonly string[] | undefined;
  /** Anything else, for handlers and policies: the principal's `claims`. Default: nothing. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  /** From when on the key is good, milliseconds since 1970. Default: at once. */
  readonly notBeforeMs?: number | undefined;
  /** Until when the key is good, milliseconds since 1970. Default: until it is withdrawn. */
  readonly expiresAtMs?: number | undefined;
}

/** What `createApiKey` may be told. */
export interface NewApiKey extends Partial<Omit<ApiKeyRecord, "hash">> {
  /** What the key begins with, so that people and scanners know what it is: letters, digits and `_`. Default `key`. */
  readonly prefix?: string | undefined;
}

/** Shortest key that is hashed, characters. */
const minLength = 20;

/**
 * Makes a key of 256 random bits, and its record. The key is for its owner alone, and cannot be had again.
 * @throws {UsageError} when the prefix has other characters than it may.
 * @example
 * const { key, record } = createApiKey({ name: "billing", roles: ["reader"] });
 */
export function createApiKey(options: NewApiKey = {}): {
  readonly key: string;
  readonly record: ApiKeyRecord;
} {
  const { prefix = "key", ...known } = options;
  if (!/^[A-Za-z0-9_]+$/.test(prefix)) {
    throw new UsageError(
      `option prefix is ${JSON.stringify(prefix)}; it must be letters, digits and _`,
    );
  }
  const key = `${prefix}_${randomText(32)}`;
  return { key, record: { id: randomText(9), ...known, hash: hashApiKey(key) } };
}

/**
 * The `hash` of a record, for keys that come from elsewhere. A plain SHA-256: fast, and safe for random keys alone, which
 * nobody can guess; a password would need a slow hash, and does not belong here.
 * @throws {UsageError} for keys of less than 20 characters.
 */
export function hashApiKey(key: string): string {
  if (typeof key !== "string" || key.length < minLength) {
    throw new UsageError(`an API key must have ${minLength} characters or more`);
  }
  return `sha256:${digestOf(key)}`;
}

function randomText(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("base64url");
}
