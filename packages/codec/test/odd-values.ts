// What the tests put into fields: right and wrong JavaScript values, right and wrong bytes.

/** Values for any field: each suits some and must be refused, or not, by the others. */
export const oddValues: readonly unknown[] = [
  ...[undefined, null, true, false, {}, [], [1], [undefined], { $typeName: "other.Message" }],
  ...["", "0", "5", "-7", "1e3", " 8 ", "abc", "NaN", "1e39", "x".repeat(41), "é", "日本\u{1f600}"],
  ...["\ud800", "é".repeat(64), "__proto__", "18446744073709551615", "-9223372036854775808"],
  ...[0, -0, 1, -1, -7, 1.5, 127, 128, 300, 16_384, 2 ** 21, 2 ** 28, 2 ** 31, 2 ** 32],
  ...[-(2 ** 31), -(2 ** 31) - 1, 1e39, 3.25, Number.NaN, Number.POSITIVE_INFINITY],
  ...[0n, 5n, -5n, 1n << 31n, (1n << 63n) - 1n, 1n << 63n, 1n << 64n],
  ...[new Uint8Array(0), Uint8Array.of(1, 2), new Uint8Array(200).fill(7), new Int8Array(2)],
  ...[{ a: null, b: [1, "x", true, undefined, [{}]], c: { d: 1 } }, JSON.parse('{"__proto__":1}')],
];

/** Map keys as objects have them: not all of them suit all types. */
export const oddKeys: readonly string[] = [
  ...[
    "",
    "a",
    "0",
    "0x10",
    "5",
    "-7",
    "true",
    "false",
    "1.5",
    "__proto__",
    "4294967295",
    "2147483648",
  ],
  ...["18446744073709551615", "9223372036854775808", "99999999999999999999", "k".repeat(200)],
];

function varints(...values: readonly bigint[]): number[] {
  return values.flatMap((value) => {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value);
    for (; rest > 127n; rest >>= 7n) {
      bytes.push(Number(rest & 127n) | 128);
    }
    return [...bytes, Number(rest)];
  });
}

/** A length and what it announces. */
export function framed(body: readonly number[]): number[] {
  return [...varints(BigInt(body.length)), ...body];
}

/** A tag of a field number and a wire type. */
export function tagOf(number: number, wireType: number): number[] {
  return varints((BigInt(number) << 3n) | BigInt(wireType));
}

const ONES = Array<number>(9).fill(0xff);
const STRAIGHT = [0n, 1n, 127n, 128n, 300n, 1n << 14n, 1n << 21n, 1n << 27n, 1n << 28n, 1n << 31n];
const LARGE = [1n << 35n, 1n << 49n, (1n << 63n) - 1n, -1n, -7n, -(1n << 31n), 1n << 63n];

const VARINTS: readonly (readonly number[])[] = [
  ...[...STRAIGHT, ...LARGE].map((value) => varints(value)),
  ...[
    [0x80, 0],
    [0x87, 0x80, 0],
    [0x80, 0x80, 0x80, 0x80, 0],
    [0x80, 0x80, 0x80, 0x80, 0x80, 0],
  ],
  [...ONES.slice(0, 8), 0x7f],
  [...ONES, 0x02],
  [...ONES, 0x7f],
  [...ONES, 0xff, 0x01],
  [...ONES, 0xff, 0xff, 0x01],
  ...[[], [0x80], ONES.slice(0, 5), ONES],
];

/** Entries of maps that are not just a key and a value in this order. */
const ENTRIES: readonly (readonly number[])[] = [
  [8, 5, 16, 7],
  [8, 5, 16, 7, 16, 9],
  [8, 5, 8, 6],
  [16, 7, 8, 5],
  [16, 7],
  [8, 5, 24, 1],
  [8, 0x80],
  [8, 5, 16],
  [0x0b, 0x0c],
  [10, 1, 97, 18, 2, 8, 5],
  [10, 1, 97, 18, 2, 8, 5, 18, 2, 16, 6],
  [18, 2, 8, 5, 18, 3, 0x1a, 1, 0x62],
  [10, 9, ...Buffer.from("__proto__"), 18, 0],
  [10, 9, ...Buffer.from("__proto__"), 16, 7],
  [10, 1, 97, 18, 9, 1],
  [10, 1, 97, 21, 1, 2, 3, 4],
  [10, 1, 97, 17, 1, 2, 3, 4, 5, 6, 7, 8],
  [9, 1, 0, 0, 0, 0, 0, 0, 0, 16, 7],
  [13, 1, 0, 0, 0, 16, 7],
];

const RUNS: readonly (readonly number[])[] = [
  [],
  [0x61],
  [0xff],
  [0xff, 0xfe],
  [0x63, 0x61, 0x66, 0xc3, 0xa9],
  [0xef, 0xbb, 0xbf, 0x61],
  Array<number>(8).fill(1),
  Array<number>(20).fill(0x41),
  Array<number>(45).fill(0x41),
  Array<number>(200).fill(0x42),
  ...ENTRIES,
  ...VARINTS,
  VARINTS.slice(0, 17).flat(),
  // google.protobuf.Value in each of its forms.
  ...[
    [8, 0],
    [17, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f],
    [26, 1, 97],
    [32, 1],
    [42, 0],
    [50, 0],
  ],
  framed([10, 1, 97, 18, 4, 50, 2, 10, 0]).toSpliced(0, 0, 10),
];

/** What may stand after a tag of field `number` with this wire type, and what may not. */
export function bodiesOf(number: number, wireType: number): readonly (readonly number[])[] {
  switch (wireType) {
    case 0:
      return VARINTS;
    case 1:
      return [[1, 2, 3, 4, 5, 6, 7, 0x88], ...[[], [1, 2, 3, 4, 5, 6, 7]]];
    case 2:
      return [...RUNS.map(framed), [5, 1, 2], [0x80], [0x85, 0x00, 1, 2, 3, 4, 5]];
    case 3:
      return groupBodies(number);
    case 4:
      return [[]];
    default:
      return [[1, 2, 3, 0x84], ...[[], [1, 2, 3]]];
  }
}

function groupBodies(number: number): readonly (readonly number[])[] {
  const end = tagOf(number, 4);
  const inner = [...tagOf(99, 3), ...[8, 1], ...tagOf(99, 4)];
  return [
    end,
    [8, 1, ...end],
    [0x30, 0x80, 1, ...end],
    [...inner, ...end],
    [13, 1, 2, 3, 4, 9, 1, 2, 3, 4, 5, 6, 7, 8, 18, 1, 97, ...end],
    [],
    [8, 1],
    [...tagOf(98, 4)],
    [...tagOf(99, 3), ...tagOf(98, 4), ...end],
    [...tagOf(99, 3), 8, 1],
  ];
}

/** What stands behind a value: nothing, or so much that no varint before it can reach the end. */
export const tails: readonly (readonly number[])[] = [
  [],
  [...tagOf(100_000, 2), ...framed(Array<number>(12).fill(0xff))],
];
