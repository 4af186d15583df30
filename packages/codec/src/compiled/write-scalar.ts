// Generated writing of scalars: statements that check `v`, write it at `p` and move `p` on.
import { ScalarType } from "@bufbuild/protobuf";
import { type PlainPlan, wireScalar } from "../plan/message-plan.js";

/*
 * Names in generated writers: m message, b bytes, p position, v value, n count or length, q where a
 * body starts, i and j indexes, a list, r record, o oneof.
 */

/** Writes a tag, all bytes of which are known. */
export function writeTagSource(number: number, wireType: number): string {
  let rest = ((number << 3) | wireType) >>> 0;
  let source = "";
  while (rest > 0x7f) {
    source += `b[p++] = ${(rest & 0x7f) | 0x80}; `;
    rest >>>= 7;
  }
  return `${source}b[p++] = ${rest};`;
}

/** Writes the value in `v`, without a tag. */
export function writeScalarSource(plan: PlainPlan): string {
  switch (wireScalar(plan)) {
    case ScalarType.STRING:
      return "p = writeText(b, p, v);";
    case ScalarType.BYTES:
      return "p = writeBlob(b, p, v);";
    case ScalarType.BOOL:
      return "b[p++] = v ? 1 : 0;";
    case ScalarType.DOUBLE:
      return "p = writeDouble(b, p, v);";
    case ScalarType.FLOAT:
      return "p = writeFloat(b, p, toFloat(v));";
    case ScalarType.INT32:
      return `${INT32} if (v >= 0 && v < 128) b[p++] = v; else p = writeInt32(b, p, v);`;
    case ScalarType.SINT32:
      return `${INT32} v = ((v << 1) ^ (v >> 31)) >>> 0; ${SHORT_VARINT}`;
    case ScalarType.UINT32:
      return `${UINT32} ${SHORT_VARINT}`;
    case ScalarType.FIXED32:
      return `${UINT32} p = writeWord(b, p, v);`;
    case ScalarType.SFIXED32:
      return `${INT32} p = writeWord(b, p, v);`;
    default:
      return writeLong(wireScalar(plan));
  }
}

/**
 * The same as the text writer's first lines, in place: V8 inlines the call of a function of that size
 * once or twice at most, and for a short string the call costs as much as the copying. Within bounds
 * only, see text.ts; anything but short ASCII is left to the function.
 */
export const WRITE_TEXT_IN_PLACE = `if (typeof v === "string" && (n = v.length) < 41 && p + n < b.length) {
b[p] = n; q = p + 1;
for (let j = 0, c; j < n; j++) { if ((c = unitAt.call(v, j)) > 127) { q = -1; break; } b[q++] = c; }
p = q < 0 ? writeText(b, p, v) : q;
} else p = writeText(b, p, v);`;

const INT32 = "if ((v | 0) !== v) v = toInt32(v);";
const UINT32 = "if ((v >>> 0) !== v) v = toUint32(v);";
const SHORT_VARINT = "if (v < 128) b[p++] = v; else p = writeVarint32(b, p, v);";

function writeLong(scalar: ScalarType): string {
  switch (scalar) {
    case ScalarType.INT64:
      return "putSigned(v); p = writeVarint64(b, p);";
    case ScalarType.UINT64:
      return "putUnsigned(v); p = writeVarint64(b, p);";
    case ScalarType.SINT64:
      return "putSigned(v); zigzagWords(); p = writeVarint64(b, p);";
    case ScalarType.FIXED64:
      return "putUnsigned(v); p = writeWords(b, p);";
    default:
      return "putSigned(v); p = writeWords(b, p);";
  }
}

/** A condition that holds when `v` has to be written although presence is implicit. */
export function isNotZeroSource(plan: PlainPlan): string {
  if (plan.kind === "enum") {
    return `v !== ${plan.zero}`;
  }
  switch (plan.scalar) {
    case ScalarType.BOOL:
      return "v !== false";
    case ScalarType.STRING:
      return 'v !== ""';
    case ScalarType.BYTES:
      return "(!(v instanceof Uint8Array) || v.byteLength > 0)";
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return "!Object.is(v, 0)";
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return '(v !== 0n && (typeof v === "bigint" || v != 0))';
    default:
      return "v != 0";
  }
}
