// Closure mode, reading a message: tags are looked up in a table of field readers.
import type { DescMessage, UnknownField } from "@bufbuild/protobuf";
import type { Loose } from "../plan/message-code.js";
import type { FieldPlan } from "../plan/message-plan.js";
import { newMessage } from "../plan/new-message.js";
import { cursor } from "../wire/cursor.js";
import { failGroupEnd, failTooDeep, readUnknown } from "../wire/unknown.js";
import { readTag } from "../wire/varint.js";
import { GROUP_END } from "../wire/wire-type.js";
import type { FieldReader } from "./field-functions.js";
import { trace } from "./trace.js";

/** A field and what reads it. */
export interface ReadableField {
  readonly plan: FieldPlan;
  readonly read: FieldReader;
}

/** Reads messages of one type; see MessageCode.read. */
export function readMessage(
  desc: DescMessage,
  fields: ReadonlyMap<number, ReadableField>,
  bytes: Uint8Array,
  range: ReadRange,
  target: Loose | undefined,
): Loose {
  const group = range.end < 0 ? -range.end : 0;
  const end = group === 0 ? range.end : cursor.limit;
  const depth = range.depth - 1;
  trace.message = desc;
  trace.field = undefined;
  if (depth < 0) {
    failTooDeep();
  }
  const message = target ?? (newMessage(desc) as unknown as Loose);
  // Closed enums may add unknown fields of their own meanwhile; what was there first wins.
  const unknown = (message.$unknown ?? []) as UnknownField[];
  let position = range.start;
  let closed = group === 0;
  while (position < end) {
    const tag = readTag(bytes, position);
    position = cursor.position;
    if (group !== 0 && (tag & 7) === GROUP_END) {
      closed = tag >>> 3 === group || failGroupEnd(group, tag >>> 3);
      break;
    }
    const field = fields.get(tag >>> 3);
    if (field === undefined) {
      unknown.push(readUnknown(bytes, position, tag, depth));
      position = cursor.position;
      continue;
    }
    trace.field = field.plan;
    position = field.read(message, bytes, position, depth, tag & 7);
    trace.message = desc;
    trace.field = undefined;
  }
  if (!closed) {
    failGroupEnd(group, 0);
  }
  if (unknown.length > 0) {
    message.$unknown = unknown;
  }
  cursor.position = position;
  return message;
}

/** From where to where a message is read; see MessageCode.read. */
export interface ReadRange {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}
