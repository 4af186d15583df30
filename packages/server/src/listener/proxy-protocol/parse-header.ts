// Tells a PROXY protocol header from anything else, and reads it: bytes in, a result out.
import { binarySignature, parseBinaryHeader } from "./binary-header.js";
import { incomplete, type ProxyHeaderResult } from "./header.js";
import { parseTextHeader, textSignature } from "./text-header.js";

const absent: ProxyHeaderResult = { kind: "absent" };

/**
 * Reads the header at the start of `bytes` (proxy-protocol.txt of HAProxy, versions 1 and 2).
 * @param maxBytes the longest header of version 2; those of version 1 have 107 bytes at most.
 */
export function parseProxyHeader(bytes: Uint8Array, maxBytes: number): ProxyHeaderResult {
  for (const signature of [binarySignature, textSignature]) {
    if (!startsAlike(bytes, signature)) continue;
    if (bytes.length < signature.length) return incomplete;
    return signature === textSignature
      ? parseTextHeader(bytes)
      : parseBinaryHeader(bytes, maxBytes);
  }
  return absent;
}

/** Whether `bytes`, as far as they go, are those of the signature. */
function startsAlike(bytes: Uint8Array, signature: Uint8Array): boolean {
  const length = Math.min(bytes.length, signature.length);
  for (let i = 0; i < length; i++) if (bytes[i] !== signature[i]) return false;
  return true;
}
