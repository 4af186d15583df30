// Closure mode, writing one value: a tag, then a scalar or a message.
import { type ValuePlan, wireScalar } from "../plan/message-plan.js";
import { writeVarint32 } from "../wire/varint.js";
import { wireTypeOf } from "../wire/wire-type.js";
import type { ValueWriter } from "./field-functions.js";
import { createScalarWriter } from "./scalar.js";
import { createChildWriter, type Resolve } from "./sub-message.js";

/** The tag and the value of a field, an element or a map entry's half. */
export function createValueWriter(plan: ValuePlan, number: number, resolve: Resolve): ValueWriter {
  if (plan.kind === "message") {
    return createChildWriter(plan, number, resolve);
  }
  const tag = (number << 3) | wireTypeOf(wireScalar(plan));
  const write = createScalarWriter(plan);
  return (bytes, start, value) => write(bytes, writeVarint32(bytes, start, tag), value);
}
