// Generated reading of fields: the cases of the switch over tags, each for a tag as it should be.
import type { FieldReader } from "../closure/field-functions.js";
import { createFieldReader } from "../closure/field-reader.js";
import type { Resolve } from "../closure/sub-message.js";
import {
  type FieldPlan,
  type PlainPlan,
  type SubMessagePlan,
  wireScalar,
} from "../plan/message-plan.js";
import { fromStruct, toStruct } from "../struct/struct-json.js";
import { packedReader } from "../wire/packed.js";
import { GROUP_START, LENGTH, wireTypeOf } from "../wire/wire-type.js";
import { type Program, quote } from "./program.js";
import { READ_LENGTH, readScalarSource } from "./read-scalar.js";

/** What the source of a field is made with. */
export interface SourceContext {
  readonly program: Program;
  readonly resolve: Resolve;
  /** Strings are written in place rather than by a call; when reading it does not matter. */
  readonly inlineText: boolean;
}

/** The cases of one field; each reads one value and goes on with the loop. */
export function readFieldSource(field: FieldPlan, context: SourceContext): string {
  const { value } = field;
  if (field.shape === "map") {
    return tagCase(field, LENGTH, readMapEntry(field, context));
  }
  if (value.kind === "message") {
    const wireType = value.delimited ? GROUP_START : LENGTH;
    return tagCase(field, wireType, readMessage(field, value, context));
  }
  const wireType = wireTypeOf(wireScalar(value));
  const single = tagCase(field, wireType, `${readScalarSource(value)} ${store(field, context)}`);
  return field.shape === "list" && wireType !== LENGTH
    ? single + packedCase(field, value, context)
    : single;
}

function tagCase(field: FieldPlan, wireType: number, body: string): string {
  return `case ${((field.number << 3) | wireType) >>> 0}: ${body} continue;\n`;
}

function packedCase(field: FieldPlan, value: PlainPlan, { program }: SourceContext): string {
  const name = quote(field.name);
  if (value.kind === "scalar" && value.longAsString) {
    const element = `${readScalarSource(value)} m[${name}].push(v);`;
    return tagCase(field, LENGTH, `{ ${READ_LENGTH} const z = q; while (p < z) { ${element} } }`);
  }
  const read = program.constant(packedReader(wireScalar(value)));
  return tagCase(
    field,
    LENGTH,
    `${READ_LENGTH} ${read}(b, p, q, m[${name}]); p = cursor.position;`,
  );
}

/** Puts `v` where it belongs. */
function store(field: FieldPlan, { program }: SourceContext): string {
  const name = quote(field.name);
  const { value } = field;
  if (field.shape === "list") {
    return `m[${name}].push(v);`;
  }
  const target =
    field.oneof === undefined
      ? `m[${name}] = v;`
      : `m[${quote(field.oneof)}] = { case: ${name}, value: v };`;
  if (value.kind === "enum" && value.closed !== undefined) {
    const known = program.constant(value.closed);
    return `if (${known}.has(v)) ${target} else keepUnknownEnum(m, ${field.number}, 0, v);`;
  }
  return target;
}

function readMessage(field: FieldPlan, plan: SubMessagePlan, context: SourceContext): string {
  const existing = existingValue(field);
  const source = readChild(plan, existing, context);
  const framing = plan.delimited ? `q = -${field.number};` : READ_LENGTH;
  return `${framing} ${source} p = cursor.position; ${store(field, context)}`;
}

/** What is there to merge into; undefined for lists, which get a new element. */
function existingValue(field: FieldPlan): string {
  const name = quote(field.name);
  if (field.shape === "list") {
    return "undefined";
  }
  if (field.oneof !== undefined) {
    const holder = `m[${quote(field.oneof)}]`;
    return `(${holder}.case === ${name} ? ${holder}.value : undefined)`;
  }
  return field.name in Object.prototype
    ? `(Object.hasOwn(m, ${name}) ? m[${name}] : undefined)`
    : `m[${name}]`;
}

/** Reads the message from `p` to `q`, or a group where `q` is negative, into `v`, in the form it has in its field. */
function readChild(
  plan: SubMessagePlan,
  existing: string,
  { program, resolve }: SourceContext,
): string {
  const code = program.constant(resolve(plan.desc));
  const read = (target: string) => `${code}.read(b, p, q, d, ${target})`;
  switch (plan.form) {
    case "struct": {
      const target = `v === undefined ? v : ${program.constant(toStruct)}(v)`;
      return `v = ${existing}; v = ${program.constant(fromStruct)}(${read(target)});`;
    }
    case "wrapper": {
      const name = quote(plan.desc.fields[0]!.localName);
      const typeName = quote(plan.desc.typeName);
      const target = `v === undefined ? v : { $typeName: ${typeName}, [${name}]: v }`;
      return `v = ${existing}; v = ${read(target)}[${name}];`;
    }
    default:
      return `v = ${read(existing)};`;
  }
}

/**
 * A map entry as encoders write it: key, then value, nothing else. Any other entry is read again,
 * from its length on, the long way.
 */
function readMapEntry(field: FieldPlan, context: SourceContext): string {
  const { value, mapKey } = field;
  const keyTag = 8 | wireTypeOf(wireScalar(mapKey!));
  const long = context.program.constant(createFieldReader(field, context.resolve) as FieldReader);
  const isMessage = value.kind === "message";
  const valueTag = 16 | (isMessage ? LENGTH : wireTypeOf(wireScalar(value)));
  const readValue = isMessage
    ? `${READ_LENGTH} ${readChild(value, "undefined", context)} p = cursor.position;`
    : readScalarSource(value);
  return `{ const s = p; ${READ_LENGTH} const z = q;
if (p < z && b[p] === ${keyTag}) { p++; ${readScalarSource(mapKey!)} const k = v;
if (p < z && b[p] === ${valueTag}) { p++; ${readValue}
if (p === z && k !== "__proto__") { m[${quote(field.name)}][k] = v; continue; } } }
p = ${long}(m, b, s, d, ${LENGTH}); }`;
}
