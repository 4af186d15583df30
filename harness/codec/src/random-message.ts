// Random messages of any type, made by walking the descriptor.
import {
  create,
  type DescField,
  type DescMessage,
  type DescOneof,
  ScalarType,
} from "@bufbuild/protobuf";
import type { Random } from "./random.js";
import { randomScalar } from "./random-scalar.js";

/** A message seen as a bag of properties. */
export type Loose = Record<string, unknown>;

/** How a message is filled. */
export interface Filling {
  /** Levels of messages below this one. */
  readonly depth: number;
  /** One field in so many is set. */
  readonly sparseness: number;
}

/** A message of the given type with random fields set; required ones as a rule. */
export function randomMessage(desc: DescMessage, random: Random, filling: Filling): Loose {
  const message = create(desc) as unknown as Loose;
  for (const member of desc.members) {
    if (member.kind === "oneof") {
      setOneof(message, member, random, filling);
    } else if (random.oneIn(filling.sparseness) || (member.presence === 3 && !random.oneIn(50))) {
      setField(message, member, random, filling);
    }
  }
  if (random.oneIn(6)) {
    message.$unknown = [
      { no: 536870911, wireType: 0, data: new Uint8Array([0x96, 0x01]) },
      { no: 100000 + random.below(1000), wireType: 2, data: new Uint8Array([2, 7, 7]) },
    ];
  }
  return message;
}

function setOneof(message: Loose, oneof: DescOneof, random: Random, filling: Filling): void {
  if (random.oneIn(3)) {
    return;
  }
  const field = random.pick(oneof.fields);
  const value = randomValue(field, random, filling);
  if (value !== undefined) {
    message[oneof.localName] = { case: field.localName, value };
  }
}

function setField(message: Loose, field: DescField, random: Random, filling: Filling): void {
  switch (field.fieldKind) {
    case "list":
      message[field.localName] = Array.from({ length: listLength(field, random) }, () =>
        randomValue(field, random, filling),
      ).filter((value) => value !== undefined);
      break;
    case "map":
      message[field.localName] = randomMap(field, random, filling);
      break;
    default: {
      const value = randomValue(field, random, filling);
      if (value !== undefined) {
        message[field.localName] = value;
      }
    }
  }
}

/** Now and then long enough for a length of two bytes; few messages, for they multiply. */
function listLength(field: DescField, random: Random): number {
  return random.below(field.message === undefined && random.oneIn(9) ? 150 : 3);
}

function randomMap(
  field: DescField & { fieldKind: "map" },
  random: Random,
  filling: Filling,
): Loose {
  const record: Loose = {};
  for (let i = random.below(4); i > 0; i--) {
    const value = randomValue(field, random, filling);
    const key = String(randomScalar(field.mapKey, random));
    if (value !== undefined) {
      Object.defineProperty(record, key, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
  }
  return record;
}

/** A value, element or map value of the field; undefined where messages would nest too deep. */
function randomValue(field: DescField, random: Random, filling: Filling): unknown {
  if (field.message !== undefined) {
    return filling.depth > 0
      ? randomSubMessage(field, field.message, random, { ...filling, depth: filling.depth - 1 })
      : undefined;
  }
  if (field.enum !== undefined) {
    const known = random.pick(field.enum.values).number;
    return random.oneIn(6) ? random.pick([-1, 0, 1000, 0x7fffffff]) : known;
  }
  const value = randomScalar(field.scalar, random);
  return "longAsString" in field && field.longAsString === true ? String(value) : value;
}

/** Wrappers and Structs in the form that protobuf-es gives them in fields. */
function randomSubMessage(
  field: DescField,
  desc: DescMessage,
  random: Random,
  filling: Filling,
): unknown {
  const { typeName } = desc;
  if (typeName === "google.protobuf.Struct" && field.parent.typeName !== "google.protobuf.Value") {
    return randomJsonObject(random, 2);
  }
  const wrapped = desc.fields[0];
  const unwrapped =
    field.fieldKind === "message" &&
    field.oneof === undefined &&
    /^google\.protobuf\.(U?Int(32|64)|Double|Float|Bool|String|Bytes)Value$/.test(typeName);
  if (unwrapped && wrapped?.fieldKind === "scalar") {
    return randomScalar(wrapped.scalar, random);
  }
  return randomMessage(desc, random, filling);
}

function randomJsonObject(random: Random, depth: number): Loose {
  const json: Loose = {};
  for (let i = random.below(4); i > 0; i--) {
    json[`k${random.below(9)}`] = randomJson(random, depth);
  }
  return json;
}

function randomJson(random: Random, depth: number): unknown {
  switch (random.below(depth > 0 ? 6 : 4)) {
    case 0:
      return null;
    case 1:
      return randomScalar(ScalarType.DOUBLE, random);
    case 2:
      return randomScalar(ScalarType.STRING, random);
    case 3:
      return random.oneIn(2);
    case 4:
      return Array.from({ length: random.below(4) }, () => randomJson(random, depth - 1));
    default:
      return randomJsonObject(random, depth - 1);
  }
}
