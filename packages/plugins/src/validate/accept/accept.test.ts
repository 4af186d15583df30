// What the compiler accepts, protovalidate accepts; and of what is compiled, nothing good is left to protovalidate.
import {
  create,
  createFileRegistry,
  type DescMessage,
  type Message,
  type MessageInitShape,
  setExtension,
} from "@bufbuild/protobuf";
import {
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { createValidator } from "@bufbuild/protovalidate";
import {
  FieldRulesSchema,
  field as fieldRules,
  Ignore,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileAccept } from "./compile-message.js";
import { compilePattern } from "./compile-pattern.js";

type RulesInit = MessageInitShape<typeof FieldRulesSchema>;

interface FieldShape {
  readonly type: Type;
  readonly label?: Label;
  /** proto3 `optional`. */
  readonly isOptional?: boolean;
}

/** A message with one field `it`, an enum and a nested message of the same rules at hand. */
function createMessage(
  { type, label = Label.OPTIONAL, isOptional }: FieldShape,
  rules: RulesInit,
): DescMessage {
  const options = create(FieldOptionsSchema);
  setExtension(options, fieldRules, create(FieldRulesSchema, rules));
  const field = create(FieldDescriptorProtoSchema, {
    ...{ name: "it", number: 1, type, label, options },
    ...(type === Type.ENUM ? { typeName: ".t.Kind" } : {}),
    ...(isOptional ? { proto3Optional: true, oneofIndex: 0 } : {}),
  });
  const file = create(FileDescriptorProtoSchema, {
    ...{ name: "t.proto", package: "t", syntax: "proto3" },
    messageType: [{ name: "M", field: [field], oneofDecl: isOptional ? [{ name: "_it" }] : [] }],
    enumType: [
      {
        name: "Kind",
        value: ["NONE", "ONE", "TWO"].map((name, number) => ({ name, number })),
      },
    ],
  });
  return createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getMessage("t.M")!;
}

const validator = createValidator();

/** Holds the compiled check against protovalidate. Where numbers are no numbers, it may be asked more than is needed. */
function compare(schema: DescMessage, values: readonly unknown[]): void {
  const accepts = compileAccept(schema);
  expect(accepts).toBeDefined();
  const hasNaN = values.some(Number.isNaN);
  for (const it of [undefined, ...values]) {
    const message = create(schema, (it === undefined ? {} : { it }) as never) as Message;
    const { kind, error } = validator.validate(schema, message);
    if (kind === "error") throw error;
    const accepted = accepts!(message);
    if (accepted || !hasNaN) {
      expect({ it: String(it), accepted }).toEqual({ it: String(it), accepted: kind === "valid" });
    }
  }
}

function compareField(
  type: Type,
  ruleType: RulesInit["type"] & object,
  rest: RulesInit,
  shape: { readonly isOptional: boolean },
  values: readonly unknown[],
): void {
  compare(createMessage({ type, ...shape }, { ...rest, type: ruleType } as RulesInit), values);
}

const ignore = fc.constantFrom(undefined, Ignore.UNSPECIFIED, Ignore.IF_ZERO_VALUE, Ignore.ALWAYS);
const around = fc.record(
  { ignore, required: fc.boolean() },
  { requiredKeys: [] },
) as fc.Arbitrary<RulesInit>;
const presence = fc.record({ isOptional: fc.boolean() });

const shortText = fc.string({
  unit: fc.constantFrom("a", "b", "B", "1", "-", "é", "😀", "\n"),
  maxLength: 6,
});
const size = fc.bigInt({ min: 0n, max: 8n });
const stringRules = fc.record(
  {
    const: shortText,
    len: size,
    minLen: size,
    maxLen: size,
    prefix: shortText,
    suffix: shortText,
    contains: shortText,
    notContains: shortText,
    in: fc.array(shortText, { maxLength: 3 }),
    notIn: fc.array(shortText, { maxLength: 3 }),
    pattern: fc.constantFrom("^[ab]+$", "^a[^b]{0,3}$", "^[a-z]-?$", "^\\p{Cc}*$", "^[\\w-]{2,4}$"),
    wellKnown: fc.constantFrom(
      { case: "email" as const, value: true },
      { case: "email" as const, value: false },
      { case: "uuid" as const, value: true },
      { case: "tuuid" as const, value: true },
    ),
  },
  { requiredKeys: [] },
);
const labels = fc.string({
  unit: fc.constantFrom("a", "Z", "0", "-", ".", "@", "_", "é"),
  maxLength: 9,
});
const uuids = fc
  .uuid()
  .chain((it) => fc.constantFrom(it, it.replaceAll("-", ""), it.toUpperCase(), `${it}0`));
const texts = fc.oneof(shortText, labels, fc.emailAddress(), uuids, fc.string({ maxLength: 80 }));

/** Rules with one or two of the fields: with more, nothing would be good. */
function few<T extends object>(rules: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc
    .tuple(rules, fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], { maxLength: 2 }))
    .map(([all, picks]) => {
      const entries = Object.entries(all);
      return Object.fromEntries(picks.flatMap((at) => entries.slice(at, at + 1))) as T;
    });
}

function numberRules<T>(value: fc.Arbitrary<T>): fc.Arbitrary<object> {
  const some = fc.array(value, { maxLength: 3 });
  const bound = (...names: string[]): fc.Arbitrary<object | undefined> =>
    fc.option(fc.record({ case: fc.constantFrom(...names), value }), { nil: undefined });
  return few(
    fc.record(
      {
        lessThan: bound("lt", "lte"),
        greaterThan: bound("gt", "gte"),
        const: value,
        in: some,
        notIn: some,
      },
      { requiredKeys: [] },
    ),
  ).map((rules) => Object.fromEntries(Object.entries(rules).filter(([, it]) => it !== undefined)));
}

const small = fc.integer({ min: -3, max: 3 });
const natural = fc.integer({ min: 0, max: 3 });
const float = fc.constantFrom(-1.5, -0, 0, 1.5, Number.NaN, Number.POSITIVE_INFINITY);
const bigs = fc.bigInt({ min: -3n, max: 3n });
const numberTypes = [
  ["int32", Type.INT32, small],
  ["uint32", Type.UINT32, natural],
  ["sint64", Type.SINT64, bigs],
  ["fixed64", Type.FIXED64, fc.bigInt({ min: 0n, max: 3n })],
  ["double", Type.DOUBLE, float],
] as const;

describe("the compiled check and protovalidate agree", () => {
  test("on text", () => {
    const values = fc.array(texts, { minLength: 5 });
    const property = fc.property(few(stringRules), around, presence, values, (value, ...rest) =>
      compareField(Type.STRING, { case: "string", value } as never, ...rest),
    );
    fc.assert(property, { numRuns: 120 });
  });

  test.each(numberTypes)("on %s", (kind, type, numbers) => {
    const rules = numberRules(numbers as fc.Arbitrary<unknown>);
    const values = fc.array(numbers as fc.Arbitrary<unknown>, { minLength: 4 });
    const property = fc.property(rules, around, presence, values, (value, ...rest) =>
      compareField(type, { case: kind, value } as never, ...rest),
    );
    fc.assert(property, { numRuns: 50 });
  });

  test("on enums and truth values", () => {
    const some = fc.array(small, { maxLength: 3 });
    const rules = fc.record(
      { const: small, definedOnly: fc.boolean(), in: some, notIn: some },
      { requiredKeys: [] },
    );
    const property = fc.property(rules, around, presence, fc.array(small), (value, ...rest) =>
      compareField(Type.ENUM, { case: "enum", value } as never, ...rest),
    );
    fc.assert(property, { numRuns: 50 });
    for (const value of [{}, { const: true }, { const: false }]) {
      for (const isOptional of [false, true]) {
        const type = { case: "bool", value } as never;
        compareField(Type.BOOL, type, {}, { isOptional }, [true, false]);
      }
    }
  });

  test("on lists", () => {
    const items = fc.option(
      fc.record({
        ignore,
        type: few(stringRules).map((value) => ({ case: "string" as const, value })),
      }),
      { nil: undefined },
    );
    const rules = fc.record(
      { minItems: size, maxItems: size, unique: fc.boolean(), items },
      { requiredKeys: [] },
    );
    const lists = fc.array(fc.array(shortText, { maxLength: 9 }), { minLength: 4 });
    const property = fc.property(few(rules), around, lists, (value, rest, values) =>
      compare(
        createMessage(
          { type: Type.STRING, label: Label.REPEATED },
          { ...rest, type: { case: "repeated", value } as never },
        ),
        values,
      ),
    );
    fc.assert(property, { numRuns: 60 });
  });
});

describe("patterns", () => {
  test.each([
    "^[a-z][a-z0-9_-]{0,31}$",
    "^[A-Z]{3}-[0-9]{4}$",
    "^$",
    "^[^\\p{Cc}]*$",
    "^\\.[a\\]-]?x{2}$",
    "^a@b\\$$",
  ])("%s is compiled", (pattern) => {
    expect(compilePattern(pattern)).toBeDefined();
  });

  test.each([
    ["a", "not anchored"],
    ["^a", "not anchored at its end"],
    ["^a*b*$", "two parts of variable length"],
    ["^(a+)+$", "groups"],
    ["^a|b$", "alternatives"],
    ["^(?i)a$", "flags"],
    ["^a+?$", "lazy"],
    ["^[[:alpha:]]$", "classes with names"],
    ["^.$", "dots, which stop at other line ends"],
    ["^\\s$", "white space, of which there is more in JavaScript"],
    ["^[z-a]$", "ranges that go backwards"],
    ["^\\bx$", "boundaries"],
  ])("%s is left to protovalidate: %s", (pattern) => {
    expect(compilePattern(pattern)).toBeUndefined();
  });
});

test("what is custom or rare is left to protovalidate", () => {
  const of = (type: Type, rules: RulesInit): unknown =>
    compileAccept(createMessage({ type }, rules));
  expect(of(Type.STRING, { celExpression: ["this != ''"] } as never)).toBeUndefined();
  expect(of(Type.STRING, { cel: [{ id: "a", expression: "this != ''" }] })).toBeUndefined();
  expect(of(Type.STRING, { type: { case: "string", value: { minBytes: 1n } } })).toBeUndefined();
  expect(of(Type.BYTES, { type: { case: "bytes", value: { minLen: 1n } } })).toBeUndefined();
  expect(of(Type.BYTES, { required: true })).toBeDefined();
});
