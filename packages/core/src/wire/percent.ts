// Percent-coding of grpc-message: any text in, header-safe ASCII out, and back without ever failing.

// What may stand in the field as it is (PROTOCOL-HTTP2.md "Status-Message"): 0x20 to 0x7e without %.
// RFC 9113 s8.2.1 forbids space at either end of a field value, so space there is coded, too.
const safe = /^(?! )[\x20-\x24\x26-\x7e]*(?<! )$/;

const needsDecoding = /[%\u0080-\uffff]/;
const beyondBytes = /[\u0100-\uffff]/;

const space = 0x20;
const percent = 0x25;
const lastPrintable = 0x7e;
const hexDigits = "0123456789ABCDEF";

/** Encodes a status message for the `grpc-message` field. Lone surrogates become U+FFFD. */
export function encodeMessage(message: string): string {
  if (safe.test(message)) {
    return message;
  }
  const bytes = new TextEncoder().encode(message);
  let encoded = "";
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    const atEnd = i === 0 || i === bytes.length - 1;
    encoded += isPlain(byte, atEnd)
      ? String.fromCharCode(byte)
      : `%${hexDigits[byte >> 4]}${hexDigits[byte & 15]}`;
  }
  return encoded;
}

function isPlain(byte: number, atEnd: boolean): boolean {
  return byte >= space && byte <= lastPrintable && byte !== percent && !(byte === space && atEnd);
}

/**
 * Decodes the `grpc-message` field. Never throws: what is no valid escape stays as it is, and bytes
 * that are not UTF-8 become U+FFFD. UTF-8 without escapes, which some peers send, is understood as well.
 * @param field as it was received: one character for each byte.
 */
export function decodeMessage(field: string): string {
  if (!needsDecoding.test(field)) {
    return field;
  }
  const source = toBytes(field);
  const bytes = new Uint8Array(source.length);
  let length = 0;
  for (let i = 0; i < source.length; length++) {
    const escaped = source[i] === percent ? parseEscape(source, i + 1) : -1;
    bytes[length] = escaped === -1 ? source[i]! : escaped;
    i += escaped === -1 ? 1 : 3;
  }
  // ignoreBOM: a message may begin with U+FEFF, and gets it back.
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, length));
}

/** The bytes that came; what is not UTF-8 among them is taken for ISO 8859-1, as the field has it. */
function toBytes(field: string): Uint8Array {
  if (!beyondBytes.test(field)) {
    const bytes = Uint8Array.from(field, (char) => char.charCodeAt(0));
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      return bytes;
    } catch {}
  }
  return new TextEncoder().encode(field);
}

/** The byte that two hex digits at `at` stand for, or -1. */
function parseEscape(source: Uint8Array, at: number): number {
  const high = hexValue(source[at]);
  const low = hexValue(source[at + 1]);
  return high === -1 || low === -1 ? -1 : high * 16 + low;
}

function hexValue(char: number | undefined): number {
  if (char === undefined) {
    return -1;
  }
  if (char >= 0x30 && char <= 0x39) {
    return char - 0x30;
  }
  const letter = char | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
