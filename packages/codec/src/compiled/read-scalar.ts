// Generated reading of scalars: statements that move `p` on and leave the value in `v`.
import { ScalarType } from "@bufbuild/protobuf";
import { type PlainPlan, wireScalar } from "../plan/message-plan.js";

/*
 * Names in generated readers: b bytes, p position, e end of the message, L limit of all input,
 * d levels left, m message, g group number, t tag, v value, n length, q end of the value,
 * u unknown fields.
 */

/** A length into `n`, in one byte as a rule; `q` becomes the end of what it announces. */
export const READ_LENGTH = `if (p < L && (n = b[p]) < 128) p++; else { n = readVarint32(b, p); p = cursor.position; }
q = p + n; if (q > L) failTruncated();`;

function readVarint(slow: string): string {
  return `if (p < L && (v = b[p]) < 128) p++; else { v = ${slow}; p = cursor.position; }`;
}

/** Reads one value into `v`. */
export function readScalarSource(plan: PlainPlan): string {
  const source = readBareScalar(wireScalar(plan), plan.kind === "scalar" && plan.strictText);
  return plan.kind === "scalar" && plan.longAsString ? `${source} v = String(v);` : source;
}

function readBareScalar(scalar: ScalarType, strict: boolean): string {
  switch (scalar) {
    case ScalarType.STRING:
      return `${READ_LENGTH} v = text(b, p, n, ${strict}); p = q;`;
    case ScalarType.BYTES:
      return `${READ_LENGTH} v = sliceBytes(b, p, q); p = q;`;
    case ScalarType.BOOL:
      return "if (p < L && b[p] < 128) v = b[p++] !== 0; else { v = readBool(b, p); p = cursor.position; }";
    case ScalarType.INT32:
      return readVarint("readVarint32(b, p) | 0");
    case ScalarType.UINT32:
      return readVarint("readVarint32(b, p)");
    case ScalarType.SINT32:
      return `${readVarint("readVarint32(b, p)")} v = (v >>> 1) ^ -(v & 1);`;
    case ScalarType.INT64:
      return "v = readInt64(b, p); p = cursor.position;";
    case ScalarType.UINT64:
      return "v = readUint64(b, p); p = cursor.position;";
    case ScalarType.SINT64:
      return "v = readSint64(b, p); p = cursor.position;";
    default:
      return readFixed(scalar);
  }
}

function readFixed(scalar: ScalarType): string {
  switch (scalar) {
    case ScalarType.DOUBLE:
      return "v = readDouble(b, p); p += 8;";
    case ScalarType.FLOAT:
      return "v = readFloat(b, p); p += 4;";
    case ScalarType.FIXED32:
      return "v = readWord(b, p) >>> 0; p += 4;";
    case ScalarType.SFIXED32:
      return "v = readWord(b, p); p += 4;";
    case ScalarType.FIXED64:
      return "readWords(b, p); p += 8; v = takeUnsigned();";
    default:
      return "readWords(b, p); p += 8; v = takeSigned();";
  }
}
