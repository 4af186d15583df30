// Believes JSON Web Tokens (RFC 7519) that are signed with known keys.
import {
  type Clock,
  Code,
  checkFunction,
  type Log,
  type Principal,
  RpcError,
  stderrLog,
  systemClock,
} from "@trunkline/core";
import type { ServerCall } from "@trunkline/server";
import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import type { Authenticator } from "../authentication/authenticator.js";
import type { Verdict } from "../authentication/peer-memo.js";
import { JwksSource } from "./jwks-source.js";
import {
  type JwtAuthenticatorOptions,
  type JwtKeys,
  type JwtLimits,
  toJwtLimits,
} from "./jwt-options.js";
import { toJwtPrincipal } from "./jwt-principal.js";
import { createKeySource, type KeySource } from "./key-source.js";
import { lastingFailure, toTokenFailure, unauthenticated } from "./token-failure.js";
import { TokenMemo } from "./token-memo.js";

/** Believes tokens. */
export interface JwtAuthenticator extends Authenticator {
  /**
   * Takes other keys from now on; tokens that were believed are looked at again.
   * @throws {UsageError} when they cannot be used; those before stay.
   */
  setKeys(keys: JwtKeys): void;
}

/**
 * Believes JSON Web Tokens in the metadata `authorization`, as `Bearer <token>`: signed with one of the keys, from
 * `issuer`, for `audience`, and valid now. Principals are of the kind `jwt`. Needs `jose`.
 * @throws {UsageError} when an option cannot be used.
 * @example
 * createJwtAuthenticator({
 *   issuer: "https://login.example",
 *   audience: "users",
 *   keys: { jwksUrl: "https://login.example/.well-known/jwks.json" },
 * });
 */
export function createJwtAuthenticator(options: JwtAuthenticatorOptions): JwtAuthenticator {
  return new TokenAuthenticator(options);
}

/** How many bad tokens are remembered, so that sending one again and again costs no signature. */
const maxBadTokens = 1000;
/** How long they are, milliseconds. */
const badTokenMs = 60_000;

/** A token that will not become good while the keys stay as they are. */
interface Refusal {
  readonly text: string;
  readonly untilMs: number;
  readonly generation: number;
}

/** How many keys a token without a key id is tried with. */
const maxTriedKeys = 10;

class TokenAuthenticator implements JwtAuthenticator {
  readonly expects: string;
  readonly #options: JwtAuthenticatorOptions;
  readonly #limits: JwtLimits;
  readonly #metadataName: string;
  readonly #clock: Clock;
  readonly #log: Log;
  /** By what stands in the metadata. */
  readonly #good: TokenMemo<Verdict>;
  /** By the token. */
  readonly #bad = new TokenMemo<Refusal>(maxBadTokens);
  readonly #pending = new Map<string, Promise<Verdict>>();
  #keys: KeySource;
  /** Of the sources that were there before. */
  #epoch = 0;

  constructor(options: JwtAuthenticatorOptions) {
    this.#limits = toJwtLimits(options);
    for (const name of ["nameOf", "scopesOf", "rolesOf"] as const) {
      checkFunction(name, options[name]);
    }
    this.#options = options;
    this.#metadataName = (options.metadataName ?? "authorization").toLowerCase();
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? stderrLog;
    this.#good = new TokenMemo(this.#limits.maxCachedTokens);
    this.expects = `a bearer token in the metadata ${this.#metadataName}`;
    this.#keys = this.#open(options.keys);
  }

  setKeys(keys: JwtKeys): void {
    const next = this.#open(keys);
    // Generations only ever grow: what was believed before is not believed by accident again.
    this.#epoch += this.#keys.generation + 1;
    this.#keys = next;
  }

  #open(keys: JwtKeys): KeySource {
    const { algorithms } = this.#options;
    return "jwksUrl" in keys
      ? new JwksSource(keys, algorithms, { clock: this.#clock, log: this.#log })
      : createKeySource(keys, algorithms);
  }

  get #generation(): number {
    return this.#epoch + this.#keys.generation;
  }

  authenticate(call: ServerCall): Principal | undefined | Promise<Principal | undefined> {
    const text: unknown = call.metadata.get(this.#metadataName);
    if (text === undefined) return undefined;
    if (typeof text !== "string" || call.metadata.getAll(this.#metadataName).length > 1) {
      throw unauthenticated(`the metadata ${this.#metadataName} is there more than once`);
    }
    const known = this.#good.find(text);
    if (known !== undefined && this.#holds(known)) return known.principal;
    const token = this.#readToken(text);
    return token === undefined ? undefined : this.#lookUp(text, token);
  }

  #holds({ untilMs, generation }: Verdict | Refusal): boolean {
    return generation === this.#generation && this.#clock.now() < untilMs;
  }

  /** @returns undefined when it is no token at all. */
  #readToken(text: string): string | undefined {
    const [, bearer] = /^bearer +([^ ]+)$/i.exec(text) ?? [];
    const token = bearer ?? (this.#metadataName === "authorization" ? undefined : text);
    if (token !== undefined && token.length > this.#limits.maxTokenBytes) {
      throw unauthenticated(
        `the token has ${token.length} bytes; the limit is ${this.#limits.maxTokenBytes}`,
      );
    }
    return token;
  }

  async #lookUp(text: string, token: string): Promise<Principal> {
    const refusal = this.#bad.find(token);
    if (refusal !== undefined && this.#holds(refusal)) throw unauthenticated(refusal.text);
    const verdict = await this.#verifyOnce(token);
    if (this.#limits.cacheMs > 0) this.#good.add(text, verdict);
    return verdict.principal;
  }

  /** Calls that bring the same new token at once wait for one verification. */
  #verifyOnce(token: string): Promise<Verdict> {
    let pending = this.#pending.get(token);
    if (pending !== undefined) return pending;
    if (this.#pending.size >= this.#limits.maxPendingTokens) {
      const text = "too many tokens wait for their verification";
      return Promise.reject(new RpcError(Code.UNAVAILABLE, text));
    }
    pending = this.#verify(token).finally(() => this.#pending.delete(token));
    this.#pending.set(token, pending);
    return pending;
  }

  async #verify(token: string): Promise<Verdict> {
    // Taken before: keys that change meanwhile have the token looked at once more.
    const generation = this.#generation;
    try {
      const claims = await this.#readClaims(token);
      const principal = toJwtPrincipal(claims, this.#options);
      const { cacheMs, clockToleranceMs } = this.#limits;
      const endMs = (principal.expiresAtMs ?? Infinity) + clockToleranceMs;
      const untilMs = Math.min(endMs, this.#clock.now() + cacheMs);
      return { principal, untilMs, generation };
    } catch (error) {
      this.#rememberBad(token, lastingFailure(error), generation);
      throw toTokenFailure(error) ?? this.#unexpected(error);
    }
  }

  #rememberBad(token: string, text: string | undefined, generation: number): void {
    if (text === undefined || this.#limits.cacheMs === 0) return;
    this.#bad.add(token, { text, generation, untilMs: this.#clock.now() + badTokenMs });
  }

  async #readClaims(token: string): Promise<JWTPayload> {
    const options = this.#toVerifyOptions();
    try {
      return (await jwtVerify(token, this.#keys.find, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      return await tryKeys(token, error, options);
    }
  }

  #toVerifyOptions(): JWTVerifyOptions {
    const { issuer, audience, type, requiredClaims = ["exp", "sub"] } = this.#options;
    return {
      algorithms: [...this.#keys.algorithms],
      clockTolerance: this.#limits.clockToleranceMs / 1000,
      currentDate: new Date(this.#clock.now()),
      requiredClaims: [...requiredClaims],
      ...(issuer !== null && { issuer: [issuer].flat() as string[] }),
      ...(audience !== null && { audience: [audience].flat() as string[] }),
      ...(type !== undefined && { typ: type }),
    };
  }

  /** A key that cannot be used, for instance: the operator's affair. */
  #unexpected(error: unknown): RpcError {
    const reason = error instanceof Error ? error.message : "unknown";
    this.#log.warn("a token could not be verified", { reason });
    return unauthenticated("the token could not be verified");
  }
}

/** A token without a key id may be signed with any of the keys of its algorithm. */
async function tryKeys(
  token: string,
  candidates: errors.JWKSMultipleMatchingKeys,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  let tried = 0;
  for await (const key of candidates) {
    if (++tried > maxTriedKeys) break;
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}
