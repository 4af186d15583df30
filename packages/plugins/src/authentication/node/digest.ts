// SHA-256 of credentials, so that nobody has to keep the credentials themselves.
import * as crypto from "node:crypto";

/** SHA-256 of a text, as base64url. */
export const digestOf: (text: string) => string =
  // One call where the runtime has it, at half the cost.
  typeof crypto.hash === "function"
    ? (text) => crypto.hash("sha256", text, "base64url")
    : (text) => crypto.createHash("sha256").update(text).digest("base64url");

/** Whether two digests are equal, in a time that says nothing about where they differ. */
export function isSameDigest(one: string, other: string): boolean {
  const left = Buffer.from(one);
  const right = Buffer.from(other);
  return left.length === right.length && crypto.timingSafeEqual(left, right);
}
