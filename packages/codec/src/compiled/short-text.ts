// Short ASCII strings without a call into the platform: one call of String.fromCharCode per length.
import { sliceText } from "../wire/text.js";

/** Up to here naming each byte as an argument costs less than the platform's decoder. */
const MAX_LENGTH = 40;

type ShortText = (bytes: Uint8Array, position: number, length: number) => string | undefined;

let shortText: ShortText | undefined;

/** Text of `length` bytes at `position`, all of which lie within the input. */
export function text(bytes: Uint8Array, position: number, length: number, strict: boolean): string {
  if (length <= MAX_LENGTH) {
    shortText ??= compileShortText();
    const found = shortText(bytes, position, length);
    if (found !== undefined) {
      return found;
    }
  }
  return sliceText(bytes, position, position + length, strict);
}

/** A function of one case per length; undefined comes back for anything but ASCII. */
function compileShortText(): ShortText {
  const cases = Array.from({ length: MAX_LENGTH }, (_, index) => caseOf(index + 1));
  const body = `switch (n) {\ncase 0: return "";\n${cases.join("")}}`;
  return new Function("f", `"use strict"; return function(b, p, n) {\n${body}\n};`)(
    String.fromCharCode,
  ) as ShortText;
}

function caseOf(length: number): string {
  const names = Array.from({ length }, (_, index) => `c${index}`);
  const loads = names.map((name, index) => `${name} = b[p + ${index}]`).join(", ");
  return `case ${length}: { const ${loads}; return (${names.join("|")}) > 127 ? undefined : f(${names.join(",")}); }\n`;
}
