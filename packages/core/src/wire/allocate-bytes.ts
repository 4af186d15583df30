// Memory for bytes that are all about to be written: not filled with zeros first where the platform allows.

/** Below this size filling costs less than asking the platform not to. */
const fillBelowBytes = 2048;

/**
 * Allocates a plain Uint8Array that shares its memory with nothing. Its content is undefined, so whoever
 * asks for it must write every byte that others will see.
 * @param byteCount 0 to 2^32 - 1.
 * @throws RangeError when there is no such memory.
 */
export function allocateBytes(byteCount: number): Uint8Array {
  const platform = globalThis.Buffer;
  if (byteCount < fillBelowBytes || platform?.allocUnsafeSlow === undefined) {
    return new Uint8Array(byteCount);
  }
  return new Uint8Array(platform.allocUnsafeSlow(byteCount).buffer, 0, byteCount);
}
