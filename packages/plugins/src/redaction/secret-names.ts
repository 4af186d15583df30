// Names that credentials go by, in metadata and in messages.

const secretMetadata: ReadonlySet<string> = new Set([
  "authorization",
  "proxy-authorization",
  "www-authenticate",
  "proxy-authenticate",
  "authentication-info",
  "cookie",
  "set-cookie",
]);

/** Parts of names, of metadata and fields alike; `-`, `_` and case do not count. */
const secretParts =
  /passw(or)?d|passphrase|passcode|pwd|secret|credential|apikey|accesskey|privatekey|signingkey|encryptionkey|sessionid|cookie|authorization|bearer|jwt|cvv|cvc/;

/** `refresh_token`, `token_bin`; but `page_token` says where a list goes on, and `token_count` is a number. */
const token = /token(s|bin|value)?$/;
const innocentToken = /(page|next|prev|previous|continuation|sync|cursor|resume)(page)?tokens?$/;

function looksSecret(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[-_.]/g, "");
  return secretParts.test(plain) || (token.test(plain) && !innocentToken.test(plain));
}

/** Whether metadata of this name (lower case) holds credentials, by all that its name says. */
export function isSecretMetadata(name: string): boolean {
  return secretMetadata.has(name) || looksSecret(name) || /(^|-)(auth|api-?key)($|-)/.test(name);
}

/** Whether a field of this name holds credentials, by all that its name says. */
export function isSecretField(name: string): boolean {
  return looksSecret(name);
}
