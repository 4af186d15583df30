// The principal that the claims of a token speak of.
import { createPrincipal, type Principal } from "@trunkline/core";
import type { JWTPayload } from "jose";
import type { JwtAuthenticatorOptions } from "./jwt-options.js";
import { unauthenticated } from "./token-failure.js";

type Readers = Pick<JwtAuthenticatorOptions, "nameOf" | "scopesOf" | "rolesOf">;

/** @throws {RpcError} UNAUTHENTICATED when the token names nobody. */
export function toJwtPrincipal(claims: JWTPayload, readers: Readers): Principal {
  const { nameOf, scopesOf, rolesOf } = readers;
  const name = nameOf === undefined ? claims.sub : nameOf(claims);
  if (typeof name !== "string" || name === "") throw unauthenticated("the token names nobody");
  // Calls share it while the token is remembered: nobody may change it for the others.
  return Object.freeze(
    createPrincipal({
      kind: "jwt",
      name,
      issuer: claims.iss,
      scopes: Object.freeze(scopesOf?.(claims) ?? toWords(claims.scope ?? claims.scp)),
      roles: Object.freeze(rolesOf?.(claims) ?? toWords(claims.roles)),
      claims: Object.freeze(claims),
      expiresAtMs: claims.exp === undefined ? undefined : claims.exp * 1000,
    }),
  );
}

/** A list of texts, or words with spaces between (RFC 8693 s4.2). */
function toWords(value: unknown): readonly string[] {
  if (typeof value === "string") return value.split(" ").filter((word) => word !== "");
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
