// Fields of every kind with every value and every encoding of the tables, held against protobuf-es.
import { isDeepStrictEqual } from "node:util";
import {
  create,
  type DescField,
  type DescMessage,
  fromBinary,
  type Message,
  toBinary,
} from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { type Codec, createCodec } from "../src/codec.js";
import { CodecError } from "../src/codec-error.js";
import { everyType, typeNamed } from "./every-kind.js";
import { bodiesOf, oddKeys, oddValues, tagOf, tails } from "./odd-values.js";

type Loose = Record<string, unknown>;

const MODES = ["compiled", "closure"] as const;
const WIRE_TYPES = [0, 1, 2, 3, 4, 5];
const NO_BYTES: readonly number[] = [];

/** What came of an attempt: a value, or the fact that it was refused. */
type Outcome = { readonly value: unknown } | { readonly refused: unknown };

function attempt(run: () => unknown): Outcome {
  // Thousands are refused; most of the time would go into stacks that nobody looks at.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return { value: run() };
  } catch (refused) {
    return { refused };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** @returns what differs; undefined when nothing does */
function compare(expected: Outcome, actual: Outcome): string | undefined {
  if ("refused" in actual && !(actual.refused instanceof CodecError)) {
    return `threw ${String(actual.refused)}`;
  }
  if ("refused" in expected || "refused" in actual) {
    const alone = "refused" in expected !== "refused" in actual;
    return alone ? `refused by one alone: ${describeOutcome(expected, actual)}` : undefined;
  }
  return isDeepStrictEqual(actual.value, expected.value)
    ? undefined
    : describeOutcome(expected, actual);
}

function describeOutcome(...outcomes: readonly Outcome[]): string {
  return outcomes.map((outcome) => ("refused" in outcome ? outcome.refused : outcome.value)).join();
}

/** All the ways in which a value can stand in a field. */
function placements(field: DescField, value: unknown): readonly Loose[] {
  switch (field.fieldKind) {
    case "list":
      return [[value], [value, value], Array(150).fill(value), value].map((list) => ({
        [field.localName]: list,
      }));
    case "map":
      return (value === 5 || value === "5" ? oddKeys : ["5"]).map((key) => ({
        [field.localName]: Object.fromEntries([[key, value]]),
      }));
    default:
      return field.oneof === undefined
        ? [{ [field.localName]: value }]
        : [{ [field.oneof.localName]: { case: field.localName, value } }];
  }
}

/** The values of the table and, for message fields, messages with something in them. */
function valuesFor(field: DescField): readonly unknown[] {
  if (field.message === undefined) {
    return oddValues;
  }
  const inner = field.message;
  const filled = inner.fields
    .filter(({ scalar, fieldKind }) => scalar !== undefined && fieldKind === "scalar")
    .map(({ localName }) => Object.assign(create(inner), { [localName]: 5 }));
  const unknown = { no: 999, wireType: 0, data: Uint8Array.of(1) };
  return [...oddValues, create(inner), ...filled, { ...create(inner), $unknown: [unknown] }];
}

/** protobuf-es merges into whatever a message inherits under the name of a field; we do not. */
function isInherited(field: DescField): boolean {
  return field.message !== undefined && field.localName in Object.prototype;
}

function* messagesOf(desc: DescMessage): Iterable<readonly [label: string, message: Loose]> {
  yield ["nothing", create(desc) as unknown as Loose];
  for (const field of desc.fields) {
    for (const [index, value] of valuesFor(field).entries()) {
      for (const change of placements(field, value)) {
        yield [`${field.name}, value ${index}`, Object.assign(create(desc), change)];
      }
    }
  }
}

/** What is in scalar fields is in the tables of bytes; what is in messages has too many shapes. */
function hasMessage(desc: DescMessage, label: string): boolean {
  const field = desc.fields.find(({ name }) => label.startsWith(`${name},`));
  return field?.message !== undefined && !isInherited(field);
}

function* encodingsOf(desc: DescMessage): Iterable<Uint8Array> {
  const fields = desc.fields.filter((field) => !isInherited(field));
  const numbers = [...fields.map((field) => field.number), 5000];
  for (const number of numbers) {
    for (const wireType of WIRE_TYPES) {
      const tag = tagOf(number, wireType);
      for (const body of bodiesOf(number, wireType)) {
        for (const tail of tails) {
          yield Uint8Array.from([...tag, ...body, ...tail]);
        }
        // The same twice: the last one counts, messages are merged, lists grow.
        yield Uint8Array.from([...tag, ...body, ...tag, ...body]);
      }
    }
  }
  for (const [label, message] of messagesOf(desc)) {
    const binary = attempt(() => toBinary(desc, message as unknown as Message));
    if ("value" in binary && hasMessage(desc, label)) {
      yield binary.value as Uint8Array;
    }
  }
  for (const bytes of [NO_BYTES, [0x00], [0x06], [0x80], [0x88, 0x80, 0x80, 0x80, 0x10, 0]]) {
    yield Uint8Array.from(bytes);
  }
}

function encodingDifferences(desc: DescMessage, codec: Codec<Message>): string[] {
  const found: string[] = [];
  for (const [label, message] of messagesOf(desc)) {
    const expected = attempt(() => toBinary(desc, message as unknown as Message));
    const actual = attempt(() => codec.encode(message as unknown as Message));
    const difference = compare(expected, actual);
    if (difference !== undefined) {
      found.push(`${label}: ${difference}`);
    }
  }
  return found;
}

function decodingDifferences(desc: DescMessage, codec: Codec<Message>): string[] {
  const found: string[] = [];
  for (const bytes of encodingsOf(desc)) {
    const expected = attempt(() => fromBinary(desc, bytes));
    const difference = compare(
      expected,
      attempt(() => codec.decode(bytes)),
    );
    if (difference !== undefined) {
      found.push(`${Buffer.from(bytes).toString("hex")}: ${difference}`);
    }
  }
  return found;
}

describe.each(MODES)("in %s mode", (mode) => {
  describe.each(everyType.map((desc) => [desc.typeName, desc] as const))("%s", (_, desc) => {
    const codec: Codec<Message> = createCodec(desc, { mode });

    it("is encoded and refused as protobuf-es does", () => {
      expect(encodingDifferences(desc, codec).slice(0, 5)).toEqual([]);
    });

    it("is decoded and refused as protobuf-es does", () => {
      expect(decodingDifferences(desc, codec).slice(0, 5)).toEqual([]);
    });
  });
});

it.each(MODES)("a field named like what every object inherits is read in %s mode", (mode) => {
  const codec: Codec<Message> = createCodec(typeNamed("three.Inherited"), { mode });
  const bytes = Uint8Array.of(0x12, 3, 0x1a, 1, 0x61, 0x12, 2, 0x12, 0);
  const { isPrototypeOf: child } = codec.decode(bytes) as unknown as { isPrototypeOf: Loose };
  expect(child).toMatchObject({ name: "a", children: [{ name: "" }] });
  expect(codec.encode(codec.decode(bytes)).length).toBe(7);
});
