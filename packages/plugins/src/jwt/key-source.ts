// Keys that tokens are verified with, and the algorithms that go with them.
import { UsageError } from "@trunkline/core";
import { createLocalJWKSet, importSPKI, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import type { JwtKeys } from "./jwt-options.js";

/** Finds the key of a token by the token's header. */
export interface KeySource {
  /** What the keys may be used with, and nothing else: a public key must never be taken for a secret. */
  readonly algorithms: readonly string[];
  /** Changes when keys have been added or removed. */
  readonly generation: number;
  /** Finds the key; rejects with an error of jose when there is none. */
  readonly find: JWTVerifyGetKey;
}

const publicAlgorithms = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

/** Algorithms of secrets, with the shortest secret for each in bytes (RFC 7518 s3.2). */
const secretAlgorithms: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 };

/**
 * Keys that are there already.
 * @throws {UsageError} when they cannot be used, or an algorithm does not go with them.
 */
export function createKeySource(
  keys: Exclude<JwtKeys, { jwksUrl: string }>,
  wanted: readonly string[] | undefined,
): KeySource {
  if ("secret" in keys) return createSecretSource(keys.secret, wanted);
  if ("publicKey" in keys) {
    const algorithms = choosePublic(wanted ?? [keys.algorithm]);
    checkPublic([keys.algorithm]);
    const key = importSPKI(keys.publicKey, keys.algorithm);
    // Whoever verifies hears of it; until then nobody may.
    key.catch(() => {});
    return { algorithms, generation: 0, find: () => key };
  }
  return {
    algorithms: choosePublic(wanted),
    generation: 0,
    find: createLocalJWKSet(checkKeySet(keys.jwks)),
  };
}

/** Algorithms for public keys. @throws {UsageError} when one of those wanted is none. */
export function choosePublic(wanted: readonly string[] | undefined): readonly string[] {
  if (wanted === undefined) return publicAlgorithms;
  checkPublic(wanted);
  return wanted;
}

function checkPublic(wanted: readonly string[]): void {
  const strange = wanted.filter((name) => !publicAlgorithms.includes(name));
  if (wanted.length > 0 && strange.length === 0) return;
  throw new UsageError(
    `option algorithms has ${strange.join(", ") || "nothing"}; for public keys there are ${publicAlgorithms.join(", ")}`,
  );
}

function createSecretSource(
  secret: string | Uint8Array,
  wanted: readonly string[] | undefined,
): KeySource {
  const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
  if (new TextDecoder().decode(bytes.subarray(0, 10)) === "-----BEGIN") {
    throw new UsageError("the secret is PEM: a public key as a secret would let anybody sign");
  }
  const possible = Object.keys(secretAlgorithms).filter(
    (name) => bytes.length >= (secretAlgorithms[name] ?? Infinity),
  );
  const strange = (wanted ?? []).filter((name) => !possible.includes(name));
  if (possible.length === 0 || strange.length > 0 || wanted?.length === 0) {
    const why = `a secret of ${bytes.length} bytes is good for ${possible.join(", ") || "none"}`;
    throw new UsageError(
      `option algorithms ${JSON.stringify(wanted ?? "by default")}: ${why} (HS256 from 32 bytes on, HS384 from 48, HS512 from 64)`,
    );
  }
  return { algorithms: wanted ?? possible, generation: 0, find: () => bytes };
}

/** @throws {UsageError} when it is no set of public keys. */
export function checkKeySet(value: unknown): JSONWebKeySet {
  const { keys } = (value ?? {}) as Partial<JSONWebKeySet>;
  if (!Array.isArray(keys) || keys.length === 0) {
    throw new UsageError('a key set is an object with "keys", a list of one or more');
  }
  if (keys.length > maxKeys) {
    throw new UsageError(`a key set of ${keys.length} keys is too large: the limit is ${maxKeys}`);
  }
  const usable = keys.filter((key) => ["RSA", "EC", "OKP"].includes(String(key?.kty)));
  if (usable.length === 0) {
    throw new UsageError("the key set has no public key (kty RSA, EC or OKP)");
  }
  // Secrets have no business in it, and private parts are not needed.
  return { keys: usable.map(({ d, p, q, dp, dq, qi, oth, ...open }) => open) };
}

const maxKeys = 100;
