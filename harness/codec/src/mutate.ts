// Damaged and rearranged encodings: bits flipped, bytes cut, put in, doubled, tags of all kinds.
import type { DescMessage } from "@bufbuild/protobuf";
import type { Random } from "./random.js";

/** Bytes that resemble an encoding of the type but for one to four changes. */
export function mutate(bytes: Uint8Array, desc: DescMessage, random: Random): Uint8Array {
  let mutated: number[] = Array.from(bytes);
  for (let i = random.below(4); i >= 0; i--) {
    mutated = random.pick(mutations)(mutated, desc, random);
  }
  return Uint8Array.from(mutated);
}

type Mutation = (bytes: number[], desc: DescMessage, random: Random) => number[];

const changes: readonly Mutation[] = [
  flipBit,
  (bytes, _desc, random) => bytes.slice(0, random.below(bytes.length + 1)),
  insertNoise,
  insertField,
  insertField,
  (bytes, _desc, random) => bytes.with(random.below(bytes.length || 1), random.bits() & 0xff),
  cutOut,
  (bytes) => [...bytes, ...bytes],
  changeWireType,
  widenByte,
];

/** Nothing can be changed in no bytes, only added. */
const mutations: readonly Mutation[] = changes.map(
  (change) => (bytes, desc, random) =>
    bytes.length === 0 ? insertField(bytes, desc, random) : change(bytes, desc, random),
);

function flipBit(bytes: number[], _desc: DescMessage, random: Random): number[] {
  const at = random.below(bytes.length);
  return bytes.with(at, bytes[at]! ^ (1 << random.below(8)));
}

function insertAt(bytes: number[], at: number, inserted: readonly number[]): number[] {
  return [...bytes.slice(0, at), ...inserted, ...bytes.slice(at)];
}

function insertNoise(bytes: number[], _desc: DescMessage, random: Random): number[] {
  const noise = random.bytes(1 + random.below(4));
  return insertAt(bytes, random.below(bytes.length + 1), [...noise]);
}

/** A field of the type, or an unknown one, with a right or wrong wire type. */
function insertField(bytes: number[], desc: DescMessage, random: Random): number[] {
  const known = desc.fields.length > 0 && !random.oneIn(4);
  const number = known
    ? random.pick(desc.fields).number
    : random.pick([0, 1, 15, 16, 5000, 536870911]);
  const wireType = random.below(random.oneIn(9) ? 8 : 6);
  const field = [
    ...varint(((number << 3) | wireType) >>> 0, random),
    ...value(number, wireType, random),
  ];
  return insertAt(bytes, random.oneIn(2) ? bytes.length : random.below(bytes.length + 1), field);
}

function value(number: number, wireType: number, random: Random): number[] {
  switch (wireType) {
    case 0:
      return random.oneIn(4)
        ? longVarint(random)
        : varint(random.pick([0, 1, 2, 300, random.bits()]), random);
    case 1:
      return [...random.bytes(8)];
    case 2:
      return lengthDelimited(random);
    case 3:
      return random.oneIn(3) ? [] : [0x08, 0x01, ...varint(((number << 3) | 4) >>> 0, random)];
    case 5:
      return [...random.bytes(4)];
    default:
      return [];
  }
}

function lengthDelimited(random: Random): number[] {
  const body = random.pick([
    [],
    [...random.bytes(random.below(6))],
    [0x08, 0x05],
    [0x0a, 0x01, 0x61, 0x12, 0x01, 0x62],
    [0x08, 0x01, 0x10, 0x02],
    [0x12, 0x00, 0x0a, 0x00],
    [0x12, 0x02, 0x08, 0x01, 0x12, 0x02, 0x10, 0x01],
    [0x63, 0x61, 0x66, 0xc3, 0xa9],
    [0xff, 0xfe],
  ]);
  return [...varint(body.length + (random.oneIn(12) ? random.below(5) : 0), random), ...body];
}

/** A varint of an unsigned 32-bit integer, now and then longer than need be. */
function varint(number: number, random: Random): number[] {
  const bytes: number[] = [];
  let rest = number;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  const padding = random.oneIn(12) ? random.below(11) : 0;
  bytes.push(padding > 0 ? rest | 0x80 : rest);
  for (let i = 1; i <= padding; i++) {
    bytes.push(i === padding ? 0 : 0x80);
  }
  return bytes;
}

function longVarint(random: Random): number[] {
  const bytes = [...random.bytes(random.below(11))].map((byte) => byte | 0x80);
  return [...bytes, random.below(128)];
}

function cutOut(bytes: number[], _desc: DescMessage, random: Random): number[] {
  const at = random.below(bytes.length);
  return [...bytes.slice(0, at), ...bytes.slice(at + 1 + random.below(3))];
}

function changeWireType(bytes: number[], _desc: DescMessage, random: Random): number[] {
  const at = random.oneIn(2) ? 0 : random.below(bytes.length);
  return bytes.with(at, (bytes[at]! & 0xf8) | random.below(8));
}

/** The same varint in one byte more. */
function widenByte(bytes: number[], _desc: DescMessage, random: Random): number[] {
  const at = random.oneIn(3) ? 0 : random.below(bytes.length);
  return bytes[at]! < 0x80 ? insertAt(bytes.with(at, bytes[at]! | 0x80), at + 1, [0]) : bytes;
}
