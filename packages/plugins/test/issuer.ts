// An issuer of tokens for tests: keys, key sets, and tokens good and bad.
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { exportJWK, type JSONWebKeySet, type JWTHeaderParameters, SignJWT } from "jose";

/** A key pair with its id. */
export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
}

/** Makes a key pair for an algorithm. */
export function makeKey(alg: string, kid: string): IssuerKey {
  return { kid, alg, privateKey: generate(alg) };
}

function generate(alg: string): KeyObject {
  if (alg.startsWith("ES")) {
    const namedCurve = { ES256: "P-256", ES384: "P-384", ES512: "P-521" }[alg] ?? "P-256";
    return generateKeyPairSync("ec", { namedCurve }).privateKey;
  }
  if (alg.startsWith("Ed")) return generateKeyPairSync("ed25519").privateKey;
  return generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
}

/** The public halves, as an issuer publishes them. */
export async function keySetOf(...keys: readonly IssuerKey[]): Promise<JSONWebKeySet> {
  const list = keys.map(async ({ kid, alg, privateKey }) => ({
    ...(await exportJWK(createPublicKey(privateKey))),
    kid,
    alg,
    use: "sig",
  }));
  return { keys: await Promise.all(list) };
}

/** The time that tests begin at, milliseconds since 1970. */
export const startMs = 1_800_000_000_000;

/** What tokens say unless a test says otherwise: they are good for ten minutes. */
export const usualClaims: Readonly<Record<string, unknown>> = {
  iss: "https://issuer.test",
  aud: "users",
  sub: "alice",
  iat: startMs / 1000,
  exp: startMs / 1000 + 600,
};

/** Signs a token; claims and header fields that are undefined are left out. */
export function sign(
  key: IssuerKey,
  claims: Readonly<Record<string, unknown>> = {},
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  const given = Object.entries({ ...usualClaims, ...claims }).filter(([, value]) => value != null);
  return new SignJWT(Object.fromEntries(given))
    .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
    .sign(key.privateKey);
}

/** A part of a token: JSON as base64url. */
export function encodePart(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
