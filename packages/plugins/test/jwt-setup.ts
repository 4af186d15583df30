// What tests of tokens share: an authenticator that knows two keys, at a time that stands still.
import { type Principal, silentLog } from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import type { ServerCall } from "@trunkline/server";
import { createHandlerContext } from "@trunkline/server/testing";
import type { JSONWebKeySet } from "jose";
import { createJwtAuthenticator, type JwtAuthenticator } from "../src/jwt/jwt-authenticator.js";
import type { JwtAuthenticatorOptions } from "../src/jwt/jwt-options.js";
import { type IssuerKey, keySetOf, makeKey, startMs } from "./issuer.js";

/** Known to authenticators of `setUp`. */
export const rsa: IssuerKey = makeKey("RS256", "rsa");
/** Known as well. */
export const ec: IssuerKey = makeKey("ES256", "ec");
/** Both of them. */
export const keySet: JSONWebKeySet = await keySetOf(rsa, ec);

/** A call with this metadata. */
export function callWith(authorization?: string | string[], peer = {}): ServerCall {
  const metadata = authorization === undefined ? {} : { authorization };
  return createHandlerContext({ metadata, peer });
}

/** An authenticator, its clock, and what becomes of a token. */
export function setUp(options: Partial<JwtAuthenticatorOptions> = {}): {
  clock: FakeClock;
  jwt: JwtAuthenticator;
  ask: (token: string) => Promise<Principal | undefined>;
} {
  const clock = new FakeClock(startMs);
  const jwt = createJwtAuthenticator({
    issuer: "https://issuer.test",
    audience: "users",
    keys: { jwks: keySet },
    clock,
    log: silentLog,
    ...options,
  });
  return { clock, jwt, ask: async (token) => await jwt.authenticate(callWith(`Bearer ${token}`)) };
}
