// Keys of etcd as bytes: the range of all keys that begin with a prefix.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A key as etcd wants it. */
export function encodeKey(key: string): Uint8Array {
  return encoder.encode(key);
}

/** Bytes of etcd as text; what is not UTF-8 is replaced. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The first key after all those that begin with the prefix: its last byte that can grow is one higher. */
export function endOfPrefix(prefix: Uint8Array): Uint8Array {
  for (let at = prefix.length - 1; at >= 0; at--) {
    const byte = prefix[at] ?? 0;
    if (byte < 0xff) {
      const end = prefix.slice(0, at + 1);
      end[at] = byte + 1;
      return end;
    }
  }
  // No key is greater than all bytes 0xff: a zero byte stands for the end of all keys.
  return new Uint8Array(1);
}
