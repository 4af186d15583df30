// The reading position that nested readers hand back to their callers, and how a reader gives up.

/**
 * Readers return values, so the position after a value travels through this one object. Decoding
 * runs no foreign code, hence a single cursor serves the whole thread.
 */
class Cursor {
  /** One past the last byte read by whoever returned last. */
  position = 0;
  /** One past the last byte of the outermost message: no read may pass it. */
  limit = 0;
  /** The bytes will never change, so messages may keep views of them. */
  owned = false;
}

export const cursor: Cursor = new Cursor();

/** Ends reading or writing with a reason; the caller at the top adds message and field. */
export function fail(reason: string): never {
  throw new Error(reason);
}

/** The input ended inside a value. */
export function failTruncated(): never {
  return fail("the input ends in the middle of a value");
}
