// Generated writing of fields: presence check, tag, value.
import { type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { keyConversion } from "../closure/map-writer.js";
import type { Loose } from "../plan/message-code.js";
import {
  type FieldPlan,
  type PlainPlan,
  type SubMessagePlan,
  type ValuePlan,
  wireScalar,
} from "../plan/message-plan.js";
import { newMessage } from "../plan/new-message.js";
import { toStruct } from "../struct/struct-json.js";
import { GROUP_END, GROUP_START, LENGTH, wireTypeOf } from "../wire/wire-type.js";
import { type Program, quote } from "./program.js";
import type { SourceContext } from "./read-field.js";
import {
  isNotZeroSource,
  WRITE_TEXT_IN_PLACE,
  writeScalarSource,
  writeTagSource,
} from "./write-scalar.js";

/** A message type's `create()`: what stands on it and on its prototype when nothing is set. */
export interface Sample {
  readonly desc: DescMessage;
  readonly prototype: Loose;
}

export function writeFieldSource(field: FieldPlan, sample: Sample, context: SourceContext): string {
  const load = `v = m[${quote(field.name)}];`;
  switch (field.shape) {
    case "map":
      return writeMap(field, context);
    case "list":
      return writeList(field, context);
    case "oneof":
      return `o = m[${quote(field.oneof!)}]; if (o.case === ${quote(field.name)}) { v = o.value; ${writeValue(field, context)} }`;
    case "implicit":
      // Messages always have explicit presence.
      return `${load} if (${isNotZeroSource(field.value as PlainPlan)}) { ${writeValue(field, context)} }`;
    default: {
      const missing =
        field.shape === "required" ? ' else fail("the required field is not set");' : "";
      return `${load} if (${isSetSource(field, sample, context)}) { ${writeValue(field, context)} }${missing}`;
    }
  }
}

/**
 * Explicit presence means an own property. Looking that up is slow; where the message has the
 * prototype it should have and the value is not what the prototype holds, it is an own one.
 */
function isSetSource(field: FieldPlan, sample: Sample, { program }: SourceContext): string {
  const own = `hasOwn(m, ${quote(field.name)})`;
  const inherited = sample.prototype[field.name];
  const plain = `getPrototypeOf(m) === ${program.constant(sample.prototype)}`;
  if (inherited === undefined) {
    return `v !== undefined && (${plain} || ${own})`;
  }
  if (typeof inherited === "function" || Number.isNaN(inherited)) {
    return `v !== undefined && ${own}`;
  }
  return `v !== undefined && ((v !== ${program.constant(inherited)} && ${plain}) || ${own})`;
}

function writeValue(field: FieldPlan, context: SourceContext): string {
  return writeTagged(field.value, field.number, context);
}

/** Writes `v` with the tag of field `number`. */
function writeTagged(value: ValuePlan, number: number, context: SourceContext): string {
  if (value.kind === "message") {
    return writeChild(value, number, context);
  }
  const scalar = wireScalar(value);
  const inPlace = context.inlineText && scalar === ScalarType.STRING;
  const source = inPlace ? WRITE_TEXT_IN_PLACE : writeScalarSource(value);
  return `${writeTagSource(number, wireTypeOf(scalar))} ${source}`;
}

function writeChild(
  plan: SubMessagePlan,
  number: number,
  { program, resolve }: SourceContext,
): string {
  const code = program.constant(resolve(plan.desc));
  const message = toMessageSource(plan, program);
  if (plan.delimited) {
    return `${writeTagSource(number, GROUP_START)} p = ${code}.write(${message}, b, p); ${writeTagSource(number, GROUP_END)}`;
  }
  // The room for the length is a guess of one byte; the length goes there afterwards.
  return `${writeTagSource(number, LENGTH)} q = p + 1; n = ${code}.write(${message}, b, q) - q;
if (n < 128) { b[p] = n; p = q + n; } else p = placeLength(b, p, q, q + n);`;
}

function toMessageSource(plan: SubMessagePlan, program: Program): string {
  switch (plan.form) {
    case "struct":
      return `${program.constant(toStruct)}(v)`;
    case "wrapper":
      return `{ $typeName: ${quote(plan.desc.typeName)}, [${quote(plan.desc.fields[0]!.localName)}]: v }`;
    default:
      // A hole in a list, a map or a oneof is written as an empty message, as protobuf-es does.
      return `v === undefined ? ${program.constant(() => newMessage(plan.desc))}() : v`;
  }
}

function writeList(field: FieldPlan, context: SourceContext): string {
  const { value } = field;
  const list = `m[${quote(field.name)}]`;
  if (value.kind === "message" || !field.packed) {
    const element = writeTagged(value, field.number, context);
    return `{ const a = ${list}; for (let i = 0; i < a.length; i++) { v = a[i]; ${element} } }`;
  }
  return `{ const a = ${list}; if (a.length !== 0) { ${writeTagSource(field.number, LENGTH)}
const h = p++; for (let i = 0; i < a.length; i++) { v = a[i]; ${writeScalarSource(value)} }
n = p - h - 1; if (n < 128) b[h] = n; else p = placeLength(b, h, h + 1, p); } }`;
}

function writeMap(field: FieldPlan, context: SourceContext): string {
  const toKey = context.program.constant(keyConversion(field.mapKey!.scalar));
  const key = writeTagged(field.mapKey!, 1, context);
  const value = writeTagged(field.value, 2, context);
  return `{ const r = m[${quote(field.name)}], a = Object.keys(r);
for (let i = 0; i < a.length; i++) { ${writeTagSource(field.number, LENGTH)} const h = p++;
v = ${toKey}(a[i]); ${key} v = r[a[i]]; ${value}
n = p - h - 1; if (n < 128) b[h] = n; else p = placeLength(b, h, h + 1, p); } }`;
}
