// The platform's own UTF-8 routines: those of Buffer where it exists and behaves, else the Encoding API.

/** UTF-8 in both directions for strings too long to be worth a loop. */
export interface TextEngine {
  /** Bytes that `text` takes. */
  measure(text: string): number;
  /** Writes as much of `text` as fits; the caller makes sure that all of it does. */
  write(bytes: Uint8Array, text: string, position: number): number;
  /** Reads, replacing malformed sequences by U+FFFD. */
  read(bytes: Uint8Array, start: number, end: number): string;
  /** Reads; malformed sequences throw. */
  readStrictly(bytes: Uint8Array, start: number, end: number): string;
}

type Write = (this: Uint8Array, text: string, offset: number, length: number) => number;
type Slice = (this: Uint8Array, start: number, end: number) => string;
interface BufferMethods {
  utf8Write?: Write;
  utf8Slice?: Slice;
}

interface BufferStatics {
  readonly byteLength?: (text: string, encoding: string) => number;
  readonly prototype?: BufferMethods;
}

let engine: TextEngine | undefined;

/** The engine of this platform, chosen at first use. */
export function textEngine(): TextEngine {
  engine ??= createBufferEngine() ?? createEncodingEngine();
  return engine;
}

/** The engine that needs nothing but TextEncoder and TextDecoder. */
export function createEncodingEngine(): TextEngine {
  const encoder = new TextEncoder();
  // A leading U+FEFF in a protobuf string is text, not a byte order mark.
  const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
  const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
  return {
    measure: measureUtf8,
    write: (bytes, text, position) => encoder.encodeInto(text, bytes.subarray(position)).written,
    read: (bytes, start, end) => lenient.decode(bytes.subarray(start, end)),
    readStrictly: (bytes, start, end) => strict.decode(bytes.subarray(start, end)),
  };
}

/** Buffer's methods work on any Uint8Array in Node.js; a browser's stand-in for Buffer may not. */
function createBufferEngine(): TextEngine | undefined {
  const found = (globalThis as { Buffer?: BufferStatics }).Buffer;
  const byteLength = found?.byteLength;
  const write = found?.prototype?.utf8Write;
  const slice = found?.prototype?.utf8Slice;
  if (byteLength === undefined || write === undefined || slice === undefined) {
    return undefined;
  }
  if (!worksOnBytes(write, slice)) {
    return undefined;
  }
  const exact = createEncodingEngine();
  return {
    measure: (text) => byteLength(text, "utf8"),
    write: (bytes, text, position) => write.call(bytes, text, position, bytes.length - position),
    read(bytes, start, end) {
      const text = slice.call(bytes, start, end);
      // Where exactly U+FFFD is put is the Encoding Standard's business.
      return text.includes("\ufffd") ? exact.read(bytes, start, end) : text;
    },
    readStrictly(bytes, start, end) {
      const text = slice.call(bytes, start, end);
      return text.includes("\ufffd") ? exact.readStrictly(bytes, start, end) : text;
    },
  };
}

/** Lone surrogates count as the U+FFFD that they become: three bytes. */
function measureUtf8(text: string): number {
  let size = text.length;
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i)!;
    if (point > 0xffff) {
      // Four bytes for two units.
      size += 2;
      i++;
    } else if (point > 0x7f) {
      size += point > 0x7ff ? 2 : 1;
    }
  }
  return size;
}

function worksOnBytes(write: Write, slice: Slice): boolean {
  const sample = "\ufeffa\u20ac\u{1f600}";
  const bytes = new Uint8Array(16);
  try {
    return write.call(bytes, sample, 2, 14) === 11 && slice.call(bytes, 2, 13) === sample;
  } catch {
    return false;
  }
}
