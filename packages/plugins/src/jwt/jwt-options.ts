// What an application says about the tokens that it believes.
import type { Clock, Log } from "@trunkline/core";
import { UsageError } from "@trunkline/core";
import type { JSONWebKeySet, JWTPayload } from "jose";

/** The key set of an issuer, fetched when it is needed. */
export interface JwksUrl {
  /** Where the keys are: `https://issuer.example/.well-known/jwks.json`. */
  readonly jwksUrl: string;
  /** Whether `jwksUrl` may be `http:`, which lets anybody on the way forge tokens. Default false. */
  readonly allowHttp?: boolean | undefined;
  /** Age from which the keys are fetched anew, in the background, milliseconds, 1 or more. Default 600000 (10 min). */
  readonly refreshMs?: number | undefined;
  /** How long keys are believed while they cannot be fetched anew, milliseconds, `refreshMs` or more. Default 86400000 (a day). */
  readonly maxAgeMs?: number | undefined;
  /**
   * Least time between two fetches, whatever tokens ask for, milliseconds, 1 or more: tokens with unknown key ids have
   * the keys fetched, for keys rotate, but no more often than this. Default 30000.
   */
  readonly cooldownMs?: number | undefined;
  /** Longest time of a fetch, milliseconds, 1 or more. Default 5000. */
  readonly timeoutMs?: number | undefined;
  /** Fetches in the place of the runtime's own `fetch`: through a proxy, say. Default `fetch`. */
  readonly fetch?: typeof fetch | undefined;
}

/**
 * The keys that tokens are signed with: a key set by its URL, a key set, one public key (PEM, SPKI) with its algorithm,
 * or a secret that is shared with the issuer, 32 bytes or more (RFC 7518 s3.2).
 */
export type JwtKeys =
  | JwksUrl
  | { readonly jwks: JSONWebKeySet }
  | { readonly publicKey: string; readonly algorithm: string }
  | { readonly secret: string | Uint8Array };

/** Options of `createJwtAuthenticator`. */
export interface JwtAuthenticatorOptions {
  /** Who may have issued tokens (`iss`), exactly as it stands in them. null: anybody who has the key. */
  readonly issuer: string | readonly string[] | null;
  /** Whom tokens must be meant for (`aud`): this service. null: anybody; then tokens for others are good here, too. */
  readonly audience: string | readonly string[] | null;
  /** The keys that tokens are signed with. */
  readonly keys: JwtKeys;
  /**
   * Algorithms that are believed: of RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519 for public
   * keys, of HS256 HS384 HS512 for a secret. Never both, and never `none`. Default: all of the kind that the keys are
   * of; with a secret those that it is long enough for.
   */
  readonly algorithms?: readonly string[] | undefined;
  /** How far the clocks of issuer and server may be apart, milliseconds, 0 to 600000. Default 30000. */
  readonly clockToleranceMs?: number | undefined;
  /** Claims that a token must have. Default `exp` and `sub`. */
  readonly requiredClaims?: readonly string[] | undefined;
  /** What the header `typ` must be: `at+jwt` for access tokens (RFC 9068). Default: anything. */
  readonly type?: string | undefined;
  /** The metadata that has the token. Default `authorization`, as `Bearer <token>`; under another name the token alone is good, too. */
  readonly metadataName?: string | undefined;
  /** The longest token, bytes, 1 or more. Default 8192. */
  readonly maxTokenBytes?: number | undefined;
  /** How long a token that was found good is not looked at again, milliseconds, 0: not at all. Never beyond its expiry. Default 300000 (5 min). */
  readonly cacheMs?: number | undefined;
  /** How many such tokens are remembered, 1 or more, and 16 Mi characters of them at most. Default 10000. */
  readonly maxCachedTokens?: number | undefined;
  /** How many tokens may be in verification at once, 1 or more; further ones get UNAVAILABLE. Default 1000. */
  readonly maxPendingTokens?: number | undefined;
  /** The principal's name; undefined refuses the token. Default `sub`. */
  readonly nameOf?: ((claims: JWTPayload) => string | undefined) | undefined;
  /** The principal's scopes. Default `scope`, else `scp`: a list, or words with spaces between. */
  readonly scopesOf?: ((claims: JWTPayload) => readonly string[]) | undefined;
  /** The principal's roles. Default `roles`, a list or words with spaces between. */
  readonly rolesOf?: ((claims: JWTPayload) => readonly string[]) | undefined;
  /** What expiry is measured with; for tests. Default: the system's clock. */
  readonly clock?: Clock | undefined;
  /** Hears when keys cannot be fetched, or cannot be used. Never hears of tokens. Default: stderr. */
  readonly log?: Log | undefined;
}

/** Numbers of the options, checked, and with their defaults. */
export interface JwtLimits {
  readonly clockToleranceMs: number;
  readonly maxTokenBytes: number;
  readonly cacheMs: number;
  readonly maxCachedTokens: number;
  readonly maxPendingTokens: number;
}

/** @throws {UsageError} when a number is out of its range, or issuer or audience was left out. */
export function toJwtLimits(options: JwtAuthenticatorOptions): JwtLimits {
  checkNames("issuer", options.issuer);
  checkNames("audience", options.audience);
  return {
    clockToleranceMs: inRange("clockToleranceMs", options.clockToleranceMs ?? 30_000, 0, 600_000),
    maxTokenBytes: inRange("maxTokenBytes", options.maxTokenBytes ?? 8192, 1),
    cacheMs: inRange("cacheMs", options.cacheMs ?? 300_000, 0),
    maxCachedTokens: inRange("maxCachedTokens", options.maxCachedTokens ?? 10_000, 1),
    maxPendingTokens: inRange("maxPendingTokens", options.maxPendingTokens ?? 1000, 1),
  };
}

/** @throws {UsageError} when the number is out of its range. */
export function inRange(
  name: string,
  value: number,
  least: number,
  most: number = Infinity,
): number {
  if (typeof value === "number" && value >= least && value <= most) return value;
  const range = most === Infinity ? `${least} or more` : `${least} to ${most}`;
  throw new UsageError(`option ${name} is ${String(value)}; it must be a number, ${range}`);
}

function checkNames(name: string, value: unknown): void {
  const list = [value].flat();
  const isGood = value === null || (list.length > 0 && list.every(isText));
  if (isGood) return;
  throw new UsageError(
    `option ${name} must be a text, a list of texts, or null for anybody: tokens for others must not be good here by accident`,
  );
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
