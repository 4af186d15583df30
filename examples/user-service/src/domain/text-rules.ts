// Rules for text fields: each returns what is wrong with a value, or undefined.

/** How long a text may be, in characters (Unicode code points), and whether it may have lines. */
export interface TextRule {
  readonly min?: number;
  readonly max: number;
  readonly multiline?: boolean;
}

const controlCharacter = /\p{Cc}/u;
const controlCharacterButTabAndLineFeed = /[^\P{Cc}\t\n]/u;

/** Checks length and control characters; with `min` the text may not consist of white space either. */
export function checkText(value: string, rule: TextRule): string | undefined {
  const { min = 0, max, multiline = false } = rule;
  if (min > 0 && value.trim() === "") return "is required";
  const length = countCharacters(value);
  if (length < min || length > max) return `has ${length} characters; ${min} to ${max} are allowed`;
  if (multiline) {
    return controlCharacterButTabAndLineFeed.test(value)
      ? "has a control character other than tab and line feed"
      : undefined;
  }
  return controlCharacter.test(value) ? "has a control character" : undefined;
}

// One @, something without space before it, and dotted labels behind: what RFC 5321 allows in
// practice. Only a message sent to an address can tell whether it exists.
const emailPattern =
  /^[^\s@"(),:;<>[\\\]]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u;

/** Checks that the text can be an email address. */
export function checkEmail(value: string): string | undefined {
  if (value === "") return "is required";
  if (value.length > 254) return `has ${value.length} characters; at most 254 are allowed`;
  const problem = checkText(value, { max: 254 });
  if (problem !== undefined) return problem;
  const local = value.slice(0, value.indexOf("@"));
  const isDotted = local.startsWith(".") || local.endsWith(".") || local.includes("..");
  return emailPattern.test(value) && !isDotted
    ? undefined
    : "is not an email address of the form local@host.domain";
}

/** The form in which two equal addresses are equal strings. */
export function toEmailKey(email: string): string {
  return email.normalize("NFC").toLowerCase();
}

/** Checks that the text is empty or an absolute http(s) URL. */
export function checkWebUrl(value: string, max: number): string | undefined {
  if (value === "") return undefined;
  const problem = checkText(value, { max });
  if (problem !== undefined) return problem;
  const isWebUrl = /^https?:\/\/[^\s/?#]/i.test(value) && !/\s/.test(value) && URL.canParse(value);
  return isWebUrl ? undefined : "is not an http or https URL";
}

/** Checks an id that a client sends: ids are opaque, so nearly everything may be one. */
export function checkId(value: string): string | undefined {
  if (value === "") return "is required";
  return checkText(value, { min: 1, max: 64 });
}

function countCharacters(value: string): number {
  let count = 0;
  for (let at = 0; at < value.length; count++) at += value.codePointAt(at)! > 0xffff ? 2 : 1;
  return count;
}
