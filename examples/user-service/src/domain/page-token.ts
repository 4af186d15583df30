// Page tokens: where a page ended, sealed so that a client can neither read nor forge it.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

/** The values of a user in the order of a listing, the last of them the id. */
export type Position = readonly (string | number)[];

/** Seals and opens page tokens. */
export interface PageTokens {
  /** A token for the page behind `position` of the query. */
  seal(query: TokenQuery, position: Position): string;
  /** The position in a token, or what is wrong with the token. */
  open(query: TokenQuery, token: string): { position: Position } | { problem: string };
}

/** What a token belongs to: it is refused for another filter or order. */
export interface TokenQuery {
  readonly filter: string;
  readonly orderBy: string;
}

const nonceBytes = 12;
const tagBytes = 16;
const maxTokenLength = 8192;

/**
 * Tokens sealed with AES-256-GCM, `nonce | tag | ciphertext` in base64url. Servers with the same
 * secret open each other's tokens.
 * @param secret at least 16 bytes that are hard to guess.
 */
export function createPageTokens(secret: Uint8Array): PageTokens {
  const key = createHash("sha256").update("page tokens, version 1\n").update(secret).digest();
  return {
    seal: (query, position) => encrypt(key, JSON.stringify([digest(query), ...position])),
    open(query, token) {
      const text = decrypt(key, token);
      if (text === undefined) return { problem: "is not a token of this service" };
      const [bound, ...position] = JSON.parse(text) as [string, ...(string | number)[]];
      return bound === digest(query)
        ? { position }
        : { problem: "belongs to another filter or order_by" };
    },
  };
}

function digest(query: TokenQuery): string {
  const text = JSON.stringify([query.filter.trim(), query.orderBy.trim()]);
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

function encrypt(key: Uint8Array, text: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
}

function decrypt(key: Uint8Array, token: string): string | undefined {
  if (token.length > maxTokenLength) return undefined;
  const bytes = Buffer.from(token, "base64url");
  // Several base64url texts stand for the same bytes; only the one that was issued is accepted.
  if (bytes.length <= nonceBytes + tagBytes || bytes.toString("base64url") !== token)
    return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
  try {
    const opened = decipher.update(bytes.subarray(nonceBytes + tagBytes));
    return Buffer.concat([opened, decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}
