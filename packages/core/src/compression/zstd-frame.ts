// Finds out whether zstd frames (RFC 8878) are whole: several runtimes take what is cut off for the end.

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;
const dictionaryIdSizes: readonly number[] = [0, 1, 2, 4];
const contentSizes: readonly number[] = [0, 2, 4, 8];
const checksumBytes = 4;
const blockHeadBytes = 3;

/** Little-endian; 0 for what lies behind the end, which every caller finds out by the length. */
function readUint32(bytes: Uint8Array, at: number): number {
  const high = (bytes[at + 3] ?? 0) * 0x1000000;
  return high + (((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at] ?? 0));
}

/** Where the blocks of the frame at `at` begin (RFC 8878 s3.1.1.1). */
function skipFrameHeader(descriptor: number, at: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const windowBytes = isSingleSegment ? 0 : 1;
  const contentFlag = descriptor >> 6;
  const contentBytes = contentFlag === 0 && isSingleSegment ? 1 : contentSizes[contentFlag]!;
  return at + 5 + windowBytes + dictionaryIdSizes[descriptor & 3]! + contentBytes;
}

/** Where the last block ends (RFC 8878 s3.1.1.2); Infinity for a block of the reserved type. */
function skipBlocks(bytes: Uint8Array, at: number): number {
  for (let next = at; next < bytes.length; ) {
    const head = readUint32(bytes, next) & 0xffffff;
    const type = (head >> 1) & 3;
    if (type === 3) return Number.POSITIVE_INFINITY;
    // A block of one byte many times over holds that byte.
    next += blockHeadBytes + (type === 1 ? 1 : head >> 3);
    if ((head & 1) !== 0) return next;
  }
  return Number.POSITIVE_INFINITY;
}

/** Where the frame at `at` ends: behind the end of the bytes when it is no frame, or not all of it is there. */
function skipFrame(bytes: Uint8Array, at: number): number {
  const magic = readUint32(bytes, at);
  if ((magic & 0xfffffff0) === skippableMagic) return at + 8 + readUint32(bytes, at + 4);
  if (magic !== frameMagic) return Number.POSITIVE_INFINITY;
  const descriptor = bytes[at + 4] ?? 0;
  const end = skipBlocks(bytes, skipFrameHeader(descriptor, at));
  return (descriptor & 4) === 0 ? end : end + checksumBytes;
}

/** Whether the bytes are frames from their beginning to their end, at least one. */
export function isWholeZstd(bytes: Uint8Array): boolean {
  let at = 0;
  while (at < bytes.length) at = skipFrame(bytes, at);
  return at > 0 && at === bytes.length;
}
