// Generated writing of a message: one statement per field in the order of field numbers.
import { ScalarType } from "@bufbuild/protobuf";
import { failForeign } from "../closure/closure-code.js";
import type { Resolve } from "../closure/sub-message.js";
import type { Loose, MessageCode } from "../plan/message-code.js";
import type { FieldPlan, MessagePlan } from "../plan/message-plan.js";
import { newMessage } from "../plan/new-message.js";
import { writeBlob } from "../wire/blob.js";
import { fail } from "../wire/cursor.js";
import { writeDouble, writeFloat, writeWord, writeWords } from "../wire/fixed.js";
import { putSigned, putUnsigned, zigzagWords } from "../wire/int64.js";
import { toFloat, toInt32, toUint32 } from "../wire/number-input.js";
import { writeText } from "../wire/text.js";
import { writeUnknown } from "../wire/unknown.js";
import { placeLength, writeInt32, writeVarint32, writeVarint64 } from "../wire/varint.js";
import { Program, quote } from "./program.js";
import { writeFieldSource } from "./write-field.js";

const runtime = {
  fail,
  failForeign,
  getPrototypeOf: Object.getPrototypeOf,
  hasOwn: Object.hasOwn,
  placeLength,
  putSigned,
  putUnsigned,
  toFloat,
  toInt32,
  toUint32,
  unitAt: String.prototype.charCodeAt,
  writeBlob,
  writeDouble,
  writeFloat,
  writeInt32,
  writeText,
  writeUnknown,
  writeVarint32,
  writeVarint64,
  writeWord,
  writeWords,
  zigzagWords,
};

/** Beyond so many string fields a type's code would grow too large for V8 to optimise it. */
const MAX_INLINE_TEXTS = 16;

/** Generates the writer of a message type; see MessageCode.write. */
export function compileWriter(plan: MessagePlan, resolve: Resolve): MessageCode["write"] {
  const program = new Program();
  const { desc } = plan;
  const sample = { desc, prototype: Object.getPrototypeOf(newMessage(desc)) as Loose };
  const texts = plan.fields.filter(isText).length;
  const context = { program, resolve, inlineText: texts <= MAX_INLINE_TEXTS };
  const fields = plan.fields.map((field) => writeFieldSource(field, sample, context));
  // As a property key the name is interned, and comparing it with itself takes no look inside.
  Object.hasOwn({}, desc.typeName);
  const guard =
    plan.fields.length > 0 ? `if (m.$typeName !== ${quote(desc.typeName)}) failForeign(m);` : "";
  const body = `${guard}
let v, n = 0, q = 0, o;
${fields.join("\n")}
v = m.$unknown;
return v === undefined ? p : writeUnknown(b, p, v);`;
  return program.link(runtime, "m, b, p", body);
}

function isText(field: FieldPlan): boolean {
  return field.value.kind === "scalar" && field.value.scalar === ScalarType.STRING;
}
