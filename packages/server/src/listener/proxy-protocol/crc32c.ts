// CRC32C (RFC 3720 appendix B.4), the checksum of PROXY protocol headers.

/** The polynomial of Castagnoli, its bits reversed. */
const polynomial = 0x82f63b78;

let table: Uint32Array | undefined;

/** One entry for each octet; made when the first checksum comes. */
function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, octet) => {
    let rest = octet;
    for (let bit = 0; bit < 8; bit++)
      rest = (rest & 1) === 0 ? rest >>> 1 : (rest >>> 1) ^ polynomial;
    return rest;
  });
}

/** The checksum of `bytes`, 0 to 2^32 - 1. */
export function crc32c(bytes: Uint8Array): number {
  table ??= makeTable();
  let rest = 0xffffffff;
  for (const byte of bytes) rest = table[(rest ^ byte) & 0xff]! ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}
