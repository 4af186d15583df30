// Random values of scalar fields, with a liking for the ends of ranges.
import { ScalarType } from "@bufbuild/protobuf";
import type { Random } from "./random.js";

const TEXTS = [
  "",
  "a",
  "admin",
  "héllo",
  "日本語",
  "\u{1f600}",
  "\ufeffbom",
  "\0",
  "__proto__",
  "0",
  "constructor",
];

/** Any value that the type can hold; lone surrogates in strings are the encoder's to repair. */
export function randomScalar(type: ScalarType, random: Random): unknown {
  switch (type) {
    case ScalarType.STRING:
      return randomText(random);
    case ScalarType.BYTES:
      return random.bytes(random.oneIn(8) ? 200 : random.below(5));
    case ScalarType.BOOL:
      return random.oneIn(2);
    case ScalarType.DOUBLE:
      return random.pick([0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, Math.PI, -7]);
    case ScalarType.FLOAT:
      return Math.fround(
        random.pick([0, -0, 1.5, Number.NaN, Number.NEGATIVE_INFINITY, 1e-45, 3.25]),
      );
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return random.pick([0, 1, -1, 127, 128, 0x7fffffff, -0x80000000, random.bits() | 0]);
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return random.pick([0, 1, 127, 128, 16383, 16384, 0xffffffff, random.bits()]);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return BigInt.asUintN(64, randomLong(random));
    default:
      return BigInt.asIntN(64, randomLong(random));
  }
}

function randomLong(random: Random): bigint {
  const any = (BigInt(random.bits()) << 32n) | BigInt(random.bits());
  return random.pick([
    0n,
    1n,
    -1n,
    127n,
    128n,
    1n << 31n,
    1n << 32n,
    1n << 53n,
    (1n << 63n) - 1n,
    1n << 63n,
    any,
    any >> 35n,
  ]);
}

function randomText(random: Random): string {
  switch (random.below(8)) {
    case 0:
      return "x".repeat(random.pick([31, 32, 33, 39, 40, 41, 42, 43, 127, 128, 129, 300]));
    case 1:
      return "é€".repeat(random.pick([1, 10, 14, 15, 16, 21, 22, 40, 64, 100]));
    case 2:
      return `${random.pick(TEXTS)}\ud800${random.pick(TEXTS)}`;
    case 3:
      return "abcdefghijklmnopqrstuvwxyz0123456789_-./~".slice(0, random.below(42));
    default:
      return random.pick(TEXTS);
  }
}
