// 64-bit varints as bigint: the one-byte case, which most ids and counts are, and all others.
import { cursor } from "./cursor.js";
import { setWords, takeSigned, takeUnsigned, unzigzagWords } from "./int64.js";
import { readVarint64 } from "./varint.js";

function readWordsOf(bytes: Uint8Array, start: number): void {
  if (start < cursor.limit && bytes[start]! < 0x80) {
    cursor.position = start + 1;
    setWords(bytes[start]!, 0);
    return;
  }
  readVarint64(bytes, start);
}

/** Reads an int64. The position after it is left in the cursor. */
export function readInt64(bytes: Uint8Array, start: number): bigint {
  readWordsOf(bytes, start);
  return takeSigned();
}

/** Reads a uint64. The position after it is left in the cursor. */
export function readUint64(bytes: Uint8Array, start: number): bigint {
  readWordsOf(bytes, start);
  return takeUnsigned();
}

/** Reads a zigzag sint64. The position after it is left in the cursor. */
export function readSint64(bytes: Uint8Array, start: number): bigint {
  readWordsOf(bytes, start);
  unzigzagWords();
  return takeSigned();
}
