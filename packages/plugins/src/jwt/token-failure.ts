// Why a token is not believed, for the client: what is wrong with it, and nothing out of it.
import { Code, RpcError } from "@trunkline/core";
import { errors } from "jose";

const texts: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: "the token has expired",
  ERR_JWT_INVALID: "the token is no JWT: its payload is no JSON object",
  ERR_JWS_INVALID: "the token is no signed JWT",
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "the token's signature is not good",
  ERR_JOSE_ALG_NOT_ALLOWED: "the token is signed with an algorithm that is not accepted here",
  ERR_JOSE_NOT_SUPPORTED: "the token wants something that is not supported here",
  ERR_JWKS_NO_MATCHING_KEY: "the token is signed with a key that is not known here",
};

const claimTexts: Readonly<Record<string, string>> = {
  iss: "the token's issuer (iss) is not accepted here",
  aud: "the token is meant for somebody else (aud)",
  nbf: "the token is not valid yet (nbf)",
  iat: "the token says that it was issued in the future (iat)",
  typ: "the token is of another type than is accepted here (typ)",
};

/**
 * The error of a call whose token was not believed: UNAUTHENTICATED with what is wrong. Failures that are no fault of
 * the token stay what they are.
 * @returns undefined for errors that nobody expected.
 */
export function toTokenFailure(error: unknown): RpcError | undefined {
  if (error instanceof RpcError) return error;
  if (!(error instanceof errors.JOSEError)) return undefined;
  if (error instanceof errors.JWTClaimValidationFailed) return unauthenticated(explainClaim(error));
  const text = texts[error.code];
  return text === undefined ? undefined : unauthenticated(text);
}

/** Failures that time or another set of keys may mend, or that nobody has seen through. */
const passing: ReadonlySet<string> = new Set(["ERR_JWKS_NO_MATCHING_KEY"]);
const passingClaims: ReadonlySet<string> = new Set(["nbf", "iat"]);

/** What is wrong with a token for good, unless the keys change; undefined: it may be found good another time. */
export function lastingFailure(error: unknown): string | undefined {
  if (!(error instanceof errors.JOSEError) || passing.has(error.code)) return undefined;
  if (error instanceof errors.JWTClaimValidationFailed) {
    return passingClaims.has(error.claim) ? undefined : explainClaim(error);
  }
  return texts[error.code];
}

function explainClaim({ claim, reason }: errors.JWTClaimValidationFailed): string {
  // Names of claims are those that the server asks for: none comes out of the token.
  if (reason === "missing") return `the token lacks the claim ${claim}`;
  return claimTexts[claim] ?? `the token's claim ${claim} is not good`;
}

/** UNAUTHENTICATED, with a reason. */
export function unauthenticated(reason: string): RpcError {
  return new RpcError(Code.UNAUTHENTICATED, `not authenticated: ${reason}`);
}
