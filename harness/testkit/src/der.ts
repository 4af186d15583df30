// Writes the few DER types that an X.509 certificate consists of (ITU-T X.690 s8, s10).

const LONG_FORM = 0x80;

function lengthBytes(length: number): number[] {
  if (length < LONG_FORM) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  return [LONG_FORM | bytes.length, ...bytes];
}

/** One tag-length-value triple around the given content. */
export function derValue(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(body.length)]), body]);
}

/** SEQUENCE. */
export function derSequence(...content: readonly Uint8Array[]): Buffer {
  return derValue(0x30, ...content);
}

/** INTEGER of big-endian bytes that stand for a number >= 0, in as few bytes as it takes (X.690 s8.3.2). */
export function derInteger(bytes: Uint8Array): Buffer {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const digits = bytes.subarray(from);
  const first = digits[0] ?? 0;
  return derValue(0x02, first & 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}

/** OBJECT IDENTIFIER in dotted form, each part below 2^28. */
export function derObjectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return derValue(0x06, Buffer.from(bytes));
}

/** UTF8String. */
export function derText(text: string): Buffer {
  return derValue(0x0c, Buffer.from(text));
}

/** UTCTime, to the second. */
export function derTime(epochMs: number): Buffer {
  const digits = new Date(epochMs).toISOString().replace(/[-:T]/g, "").slice(2, 14);
  return derValue(0x17, Buffer.from(`${digits}Z`));
}

/** BIT STRING of whole bytes. */
export function derBits(bytes: Uint8Array): Buffer {
  return derValue(0x03, Buffer.from([0]), bytes);
}
