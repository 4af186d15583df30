// Closure mode: message code put together from closures, where code must not be generated from strings.
import type { DescMessage, UnknownField } from "@bufbuild/protobuf";
import type { Loose, MessageCode } from "../plan/message-code.js";
import { type FieldPlan, type MessagePlan, planMessage } from "../plan/message-plan.js";
import { fail } from "../wire/cursor.js";
import { writeUnknown } from "../wire/unknown.js";
import type { FieldWriter } from "./field-functions.js";
import { createFieldReader } from "./field-reader.js";
import { createFieldWriter } from "./field-writer.js";
import { type ReadableField, readMessage } from "./message-reader.js";
import { trace } from "./trace.js";

interface WritableField {
  readonly plan: FieldPlan;
  readonly write: FieldWriter;
}

/** Code of one message type. Fields are looked at when the first message is read or written. */
class ClosureCode implements MessageCode {
  readonly #desc: DescMessage;
  #plan: MessagePlan | undefined;
  #readers: ReadonlyMap<number, ReadableField> | undefined;
  #writers: readonly WritableField[] | undefined;

  constructor(desc: DescMessage) {
    this.#desc = desc;
  }

  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    depth: number,
    target: Loose | undefined,
  ): Loose {
    this.#readers ??= this.#createReaders();
    return readMessage(this.#desc, this.#readers, bytes, { start, end, depth }, target);
  }

  write(message: Loose, bytes: Uint8Array, start: number): number {
    this.#writers ??= this.#createWriters();
    const desc = this.#desc;
    trace.message = desc;
    trace.field = undefined;
    if (message.$typeName !== desc.typeName && this.#writers.length > 0) {
      failForeign(message);
    }
    let position = start;
    for (const field of this.#writers) {
      trace.field = field.plan;
      position = field.write(message, bytes, position);
      trace.message = desc;
    }
    trace.field = undefined;
    const unknown = message.$unknown as UnknownField[] | undefined;
    return unknown === undefined ? position : writeUnknown(bytes, position, unknown);
  }

  #createReaders(): ReadonlyMap<number, ReadableField> {
    this.#plan ??= planMessage(this.#desc);
    return new Map(
      this.#plan.fields.map((plan) => [
        plan.number,
        { plan, read: createFieldReader(plan, closureCode) },
      ]),
    );
  }

  #createWriters(): readonly WritableField[] {
    this.#plan ??= planMessage(this.#desc);
    return this.#plan.fields.map((plan) => ({ plan, write: createFieldWriter(plan, closureCode) }));
  }
}

/** The value given for a message is of another type, or no message at all. */
export function failForeign(message: Loose): never {
  const found = message.$typeName;
  return fail(
    typeof found === "string" ? `the message is a ${found}` : "the value has no $typeName",
  );
}

const codes = new WeakMap<DescMessage, MessageCode>();

/** The closure code of a message type, the same each time. */
export function closureCode(desc: DescMessage): MessageCode {
  let code = codes.get(desc);
  if (code === undefined) {
    code = new ClosureCode(desc);
    codes.set(desc, code);
  }
  return code;
}
