// Which JavaScript values count as a 32-bit integer or a float when a message is encoded.
import { fail } from "./cursor.js";

/** A number, or a string that reads as one, that is a signed 32-bit integer. */
export function toInt32(value: unknown): number {
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number !== "number" || (number | 0) !== number) {
    return failNumber("int32", value);
  }
  return number | 0;
}

/** A number, or a string that reads as one, that is an unsigned 32-bit integer. */
export function toUint32(value: unknown): number {
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number !== "number" || number >>> 0 !== number) {
    return failNumber("uint32", value);
  }
  return number >>> 0;
}

/** A number, or a string that reads as one, that does not round to infinity as a 32-bit float. */
export function toFloat(value: unknown): number {
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number !== "number") {
    return failNumber("float", value);
  }
  if (Number.isNaN(number) && typeof value === "string" && value !== "NaN") {
    return failNumber("float", value);
  }
  if (Number.isFinite(number) && !Number.isFinite(Math.fround(number))) {
    return failNumber("float", value);
  }
  return number;
}

function failNumber(type: string, value: unknown): never {
  return fail(`${String(value)} (${typeof value}) is not a valid ${type}`);
}
