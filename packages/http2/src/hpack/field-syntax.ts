// Which octets names and values of fields may have (RFC 9113 s8.2.1), told from the bytes while they are at hand.

const space = 0x20;
const tab = 0x09;

/** A name is not empty and has no control, space, upper-case or non-ASCII octet, and ':' in front only. */
export function isFieldName(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end) return false;
  for (let at = start; at < end; at++) {
    const octet = bytes[at]!;
    if (octet <= space || octet >= 0x7f || (octet >= 0x41 && octet <= 0x5a)) return false;
    if (octet === 0x3a && at !== start) return false;
  }
  return true;
}

/** A value has no NUL, CR or LF anywhere and no white space at its ends, unless that is allowed. */
export function isFieldValue(
  bytes: Uint8Array,
  start: number,
  end: number,
  allowsOuterSpace: boolean,
): boolean {
  if (start === end) return true;
  for (let at = start; at < end; at++) {
    const octet = bytes[at]!;
    if (octet <= 0x0d && (octet === 0 || octet === 0x0a || octet === 0x0d)) return false;
  }
  return allowsOuterSpace || !(isBlank(bytes[start]!) || isBlank(bytes[end - 1]!));
}

function isBlank(octet: number): boolean {
  return octet === space || octet === tab;
}

const quotedCharacters = 64;

export function describeNameFault(name: string): string {
  return `field name ${quote(name)} is empty or has an octet that RFC 9113 s8.2.1 forbids`;
}

/** Does not show the value, which may be a secret. */
export function describeValueFault(name: string): string {
  return `the value of field ${quote(name)} has NUL, CR or LF in it or white space at an end, which RFC 9113 s8.2.1 forbids`;
}

function quote(name: string): string {
  const shown = name.length > quotedCharacters ? `${name.slice(0, quotedCharacters)}...` : name;
  return JSON.stringify(shown);
}
