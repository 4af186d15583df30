// Makes text harmless that strangers had a say in, before it goes into a log: no control characters, no credentials.

/** Controls (C0, DEL, C1), line and paragraph separators, what turns the direction of writing, halves of surrogate pairs. */
const unsafe = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
const everyUnsafe = new RegExp(unsafe, "gu");
const shortForms: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Text in which no character moves a cursor, ends a line or colours a terminal: each of those is written as an escape
 * (`\n`, `\u001b`). Text without any is returned as it is.
 */
export function escapeControls(text: string): string {
  return unsafe.test(text) ? text.replace(everyUnsafe, escapeOne) : text;
}

function escapeOne(char: string): string {
  return shortForms[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** What stands in the place of a credential. */
export const redacted = "[redacted]";

// Each begins where no run of the same characters can: a text of n characters takes time in proportion to n.
const credentials: readonly (readonly [RegExp, string])[] = [
  // Private keys in PEM (RFC 7468), cut short ones included.
  [
    /-----BEGIN ([A-Z ]{0,40})PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
    redacted,
  ],
  // JWTs (RFC 7519, RFC 7516), whole or cut short.
  [/(?<![\w.-])eyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g, redacted],
  // Values of Authorization (RFC 9110 s11.4).
  [/\b([Bb]earer|[Bb]asic)\s+(?=[^\s"]*(?:[\d=+/]|[a-z][A-Z]))[\w.~+/=-]{6,}/g, `$1 ${redacted}`],
  // user:password@ of URLs (RFC 3986 s3.2.1), and of targets, which have one slash more.
  [/(:\/\/\/?)[^\s/"]*@/g, `$1${redacted}@`],
  // The same where only the rest of a URL is told.
  [/(?<![\w.%+~-])[\w.%+~-]+:[^\s/"@:]+@(?=[\w[])/g, `${redacted}@`],
  // password=..., and "password": "..." in JSON, which may be quoted JSON.
  [
    /\b(passw(?:or)?d|pwd|passphrase|secret|client[_-]?secret|api[_-]?key|private[_-]?key|(?:access|refresh|id|auth)?[_-]?token)(=|\\*["']\s*[:=]\s*\\*["'])[^\s"'\\,;&]+/gi,
    `$1$2${redacted}`,
  ],
];

const suspicious = /@|eyJ|PRIVATE KEY|bearer|basic|passw|pwd|passphrase|secret|key|token/i;

/**
 * Text without what looks like a credential: private keys in PEM, JWTs, `Bearer ...` and `Basic ...`, the user and password of URLs,
 * `password=...`, `token=...` and their like. Text without any is returned as it is. A safety net: what nobody can
 * recognise, such as a password alone, must not be put into messages of errors in the first place.
 */
export function scrubCredentials(text: string): string {
  if (!suspicious.test(text)) return text;
  let clean = text;
  for (const [pattern, replacement] of credentials) clean = clean.replace(pattern, replacement);
  return clean;
}

/**
 * Text for a log: bounded, without credentials and control characters.
 * @param maxChars how many characters of it are kept, before escapes; what was longer ends with the number of those left out.
 */
export function toLogText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return escapeControls(scrubCredentials(text));
  // A little more than is kept: a credential that the cut would go through is recognised first.
  const clean = scrubCredentials(text.slice(0, maxChars + 256)).slice(0, maxChars);
  return `${escapeControls(clean)}... (${text.length - maxChars} more)`;
}
