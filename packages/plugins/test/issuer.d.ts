import { type KeyObject } from "node:crypto";
import { type JSONWebKeySet, type JWTHeaderParameters } from "jose";
/** A key pair with its id. */
export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
}
/** Makes a key pair for an algorithm. */
export declare function makeKey(alg: string, kid: string): IssuerKey;
/** The public halves, as an issuer publishes them. */
export declare function keySetOf(...keys: readonly IssuerKey[]): Promise<JSONWebKeySet>;
/** The time that tests begin at, milliseconds since 1970. */
export declare const startMs = 1800000000000;
/** What tokens say unless a test says otherwise: they are good for ten minutes. */
export declare const usualClaims: Readonly<Record<string, unknown>>;
/** Signs a token; claims and header fields that are undefined are left out. */
export declare function sign(
  key: IssuerKey,
  claims?: Readonly<Record<string, unknown>>,
  header?: Partial<JWTHeaderParameters>,
): Promise<string>;
/** A part of a token: JSON as base64url. */
export declare function encodePart(value: unknown): string;
//# sourceMappingURL=issuer.d.ts.map
