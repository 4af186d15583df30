// Tokens good and forged, and the keys that the protected server believes.
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signBytes,
} from "node:crypto";

export const issuer = "https://issuer.attacks";
export const audience = "target";

/** A key pair that is the same in each program (RFC 8410 s7 around 32 bytes). */
function deriveKey(seed: number): KeyObject {
  const head = Buffer.from("302e020100300506032b657004220420", "hex");
  const key = Buffer.concat([head, Buffer.alloc(32, seed)]);
  return createPrivateKey({ key, format: "der", type: "pkcs8" });
}

const known = deriveKey(1);
const stranger = deriveKey(2);
const publicKey = createPublicKey(known);
const publicPem = String(publicKey.export({ type: "spki", format: "pem" }));

/** The key set of the issuer, as JSON. */
export const keySet: string = JSON.stringify({
  keys: [{ ...publicKey.export({ format: "jwk" }), kid: "known", alg: "EdDSA", use: "sig" }],
});

const far = 4_000_000_000;
const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");

function headOf(header: object, claims: object): string {
  const usual = { iss: issuer, aud: audience, sub: "mallory", exp: far };
  return `${encode({ alg: "EdDSA", kid: "known", ...header })}.${encode({ ...usual, ...claims })}`;
}

function signWith(key: KeyObject, header: object, claims: object): string {
  const head = headOf(header, claims);
  return `${head}.${signBytes(null, Buffer.from(head), key).toString("base64url")}`;
}

/** A token that is good. */
export function goodToken(name: string, scope: string): string {
  return signWith(known, {}, { sub: name, scope });
}

const strangerJwk = createPublicKey(stranger).export({ format: "jwk" });
let made = 0;

function macWith(secret: string | Buffer): string {
  const head = headOf({ alg: "HS256" }, { n: made++ });
  return `${head}.${createHmac("sha256", secret).update(head).digest("base64url")}`;
}

/** Ways to forge a token; each gives another one each time. */
const forgeries: readonly (() => string)[] = [
  () => `${headOf({ alg: "none" }, { n: made++ })}.`,
  () => macWith(publicPem),
  () => macWith(Buffer.from(String(publicKey.export({ format: "jwk" }).x), "base64url")),
  () => signWith(stranger, {}, { n: made++ }),
  () => signWith(stranger, { jwk: strangerJwk, kid: undefined }, { n: made++ }),
  () => signWith(stranger, { jku: "https://evil.test/keys" }, { n: made++ }),
  () => signWith(known, {}, { exp: 1, n: made++ }),
  () => signWith(known, {}, { aud: "others", n: made++ }),
  () => signWith(known, { crit: ["x"], x: 1 }, { n: made++ }),
  () =>
    goodToken("mallory", "")
      .replace(/.$/, () => String(made++ % 10))
      .slice(0, -1),
  () => `${"A".repeat(made++ % 2000)}.${"A".repeat(2000)}.AAAA`,
];

/** The next forged token. */
export function forgedToken(): string {
  return forgeries[made % forgeries.length]!();
}

/** A token whose key id nobody has heard of. */
export function unknownKeyToken(): string {
  return `${headOf({ kid: `made-up-${made++}` }, {})}.${"A".repeat(86)}`;
}
