// Generated reading of a message: one loop, one switch over whole tags, anything odd the long way.
import type { DescMessage } from "@bufbuild/protobuf";
import type { FieldReader } from "../closure/field-functions.js";
import { createFieldReader, keepUnknownEnum } from "../closure/field-reader.js";
import { readBool } from "../closure/scalar.js";
import type { Resolve } from "../closure/sub-message.js";
import type { Loose, MessageCode } from "../plan/message-code.js";
import type { MessagePlan } from "../plan/message-plan.js";
import { newMessage } from "../plan/new-message.js";
import { sliceBytes } from "../wire/blob.js";
import { cursor, failTruncated } from "../wire/cursor.js";
import { readDouble, readFloat, readWord, readWords } from "../wire/fixed.js";
import { takeSigned, takeUnsigned } from "../wire/int64.js";
import { readInt64, readSint64, readUint64 } from "../wire/read-int64.js";
import { failGroupEnd, failTooDeep, readUnknown } from "../wire/unknown.js";
import { checkTag, readTag, readVarint32 } from "../wire/varint.js";
import { Program, quote } from "./program.js";
import { readFieldSource } from "./read-field.js";
import { text } from "./short-text.js";

const runtime = {
  checkTag,
  cursor,
  failGroupEnd,
  failTooDeep,
  failTruncated,
  keepUnknownEnum,
  readBool,
  readDouble,
  readFloat,
  readInt64,
  readSint64,
  readTag,
  readUint64,
  readUnknown,
  readVarint32,
  readWord,
  readWords,
  sliceBytes,
  takeSigned,
  takeUnsigned,
  text,
};

/** Generates the reader of a message type; see MessageCode.read. */
export function compileReader(plan: MessagePlan, resolve: Resolve): MessageCode["read"] {
  const program = new Program();
  const context = { program, resolve, inlineText: false };
  const cases = plan.fields.map((field) => readFieldSource(field, context)).join("");
  const oddField = program.constant(createOddFieldLookup(plan, resolve));
  const body = `if (d <= 0) failTooDeep();
d--;
const L = cursor.limit;
let u, t = 0, n = 0, q = 0, g = 0, v;
if (e < 0) { g = -e; e = L; }
if (m === undefined) m = ${constructionSource(plan.desc, program)}; else u = m.$unknown;
while (p < e) {
  t = b[p++];
  if (t > 127) {
    if (p < L && b[p] < 128) t = (t & 127) | (b[p++] << 7); else { t = readTag(b, p - 1); p = cursor.position; }
  }
  switch (t) {
${cases}}
  if (g !== 0 && (t & 7) === 4) {
    if (t >>> 3 !== g) failGroupEnd(g, t >>> 3);
    g = 0;
    break;
  }
  checkTag(t);
  v = ${oddField}(t >>> 3);
  if (v !== undefined) { p = v(m, b, p, d, t & 7); continue; }
  if (u === undefined) u = [];
  u.push(readUnknown(b, p, t, d));
  p = cursor.position;
}
if (g !== 0) failGroupEnd(g, 0);
if (u !== undefined && u.length > 0) m.$unknown = u;
cursor.position = p;
return m;`;
  return program.link(runtime, "b, p, e, d, m", body);
}

/** Readers for fields that come with another wire type than theirs, made when the first one does. */
function createOddFieldLookup(
  plan: MessagePlan,
  resolve: Resolve,
): (number: number) => FieldReader | undefined {
  let readers: Map<number, FieldReader> | undefined;
  return (number) => {
    readers ??= new Map(
      plan.fields.map((field) => [field.number, createFieldReader(field, resolve)]),
    );
    return readers.get(number);
  };
}

/**
 * An expression that makes a message just as `create` would: same properties in the same order on
 * the same prototype. A constructor lets V8 leave room in the object for fields that come later.
 */
function constructionSource(desc: DescMessage, program: Program): string {
  const sample = newMessage(desc) as unknown as Loose;
  const builder = new Program();
  const assignments = Object.entries(sample).map(
    ([name, value]) => `this[${quote(name)}] = ${initialValue(value, builder)};`,
  );
  const make = builder.link<{ prototype: unknown }>({}, "", assignments.join("\n"));
  make.prototype = Object.getPrototypeOf(sample);
  return `new ${program.constant(make)}()`;
}

function initialValue(value: unknown, program: Program): string {
  if (Array.isArray(value)) {
    return "[]";
  }
  switch (typeof value) {
    case "string":
      return quote(value);
    case "number":
    case "boolean":
      return String(value);
    case "bigint":
      return `${value}n`;
    default:
      break;
  }
  if (value instanceof Uint8Array) {
    // One empty array serves all messages, as with `create`.
    return program.constant(value);
  }
  return Object.hasOwn(value as object, "case") ? "{ case: undefined }" : "{}";
}
