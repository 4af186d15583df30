// Messages as plain values for a log: in the shape of their JSON, within a budget, without what must not be shown.
import {
  type DescField,
  type DescMessage,
  fromBinary,
  isFieldSet,
  type Message,
  ScalarType,
  toJson,
} from "@bufbuild/protobuf";
import { redacted, toLogText } from "@trunkline/core";
import type { FieldRules, OpenPaths } from "./field-rules.js";

/** A message as a log shows it. */
export interface MessageContent {
  readonly content: unknown;
  /** Whether something was left out for want of room. */
  readonly isTruncated: boolean;
}

/** @param maxChars how long names and values may be together, about. */
export function toMessageContent(
  type: DescMessage,
  message: Message,
  rules: FieldRules,
  maxChars: number,
): MessageContent {
  const walk = new ContentWalk(rules, maxChars);
  const content = walk.message(type, message, rules.paths);
  return { content, isTruncated: walk.isTruncated };
}

/** Deeper than this, messages are not shown. */
const maxDepth = 32;

/** More bytes of one field are not shown. */
const maxShownBytes = 65_536;

/** Messages whose JSON is one short text, or that hold JSON. */
const shortTypes: ReadonlySet<string> = new Set([
  "google.protobuf.Timestamp",
  "google.protobuf.Duration",
  "google.protobuf.FieldMask",
]);
const jsonTypes: ReadonlySet<string> = new Set([
  "google.protobuf.Struct",
  "google.protobuf.Value",
  "google.protobuf.ListValue",
]);

/** One message on its way into a log. */
class ContentWalk {
  isTruncated = false;
  readonly #rules: FieldRules;
  #left: number;
  #depth = 0;

  constructor(rules: FieldRules, maxChars: number) {
    this.#rules = rules;
    this.#left = maxChars;
  }

  message(type: DescMessage, message: Message, open: OpenPaths): unknown {
    const name = type.typeName;
    if (name === "google.protobuf.Any") return this.#any(message);
    if (shortTypes.has(name) || jsonTypes.has(name)) return this.#json(asJson(type, message));
    if (this.#isTooDeep()) return undefined;
    const shown: Record<string, unknown> = Object.create(null);
    for (const field of type.fields) {
      if (!isFieldSet(message, field)) continue;
      if (!this.#takes(field.jsonName.length)) break;
      shown[field.jsonName] = this.#rules.hides(field, open)
        ? redacted
        : this.#field(field, fieldValue(message, field), this.#rules.below(field, open));
    }
    this.#depth--;
    return shown;
  }

  #field(field: DescField, value: unknown, open: OpenPaths): unknown {
    if (field.fieldKind === "list") {
      return this.#list(value as readonly unknown[], (one) => this.#single(field, one, open));
    }
    if (field.fieldKind === "map") {
      const entries = Object.entries(value as Record<string, unknown>);
      return this.#entries(entries, (key, one) =>
        this.#rules.hidesKey(key) ? redacted : this.#single(field, one, open),
      );
    }
    return this.#single(field, value, open);
  }

  #single(field: DescField, value: unknown, open: OpenPaths): unknown {
    if (field.message !== undefined) {
      // Wrappers and Struct may be held as what they wrap.
      return isMessage(value) ? this.message(field.message, value, open) : this.#json(value);
    }
    if (field.enum !== undefined) {
      const number = value as number;
      if (this.#rules.hidesValue(field.enum, number)) return redacted;
      return this.#text(field.enum.value[number]?.name ?? String(number));
    }
    return field.scalar === ScalarType.BYTES ? this.#bytes(value as Uint8Array) : this.#json(value);
  }

  /** What JSON can hold, and 64-bit numbers. */
  #json(value: unknown): unknown {
    if (typeof value === "string") return this.#text(value);
    if (typeof value === "bigint") return this.#text(String(value));
    if (value instanceof Uint8Array) return this.#bytes(value);
    if (Array.isArray(value))
      return this.#nested(() => this.#list(value, (one) => this.#json(one)));
    if (typeof value === "object" && value !== null) {
      return this.#nested(() =>
        this.#entries(Object.entries(value), (key, one) =>
          this.#rules.hidesKey(key) ? redacted : this.#json(one),
        ),
      );
    }
    this.#takes(8);
    return value;
  }

  #nested(show: () => unknown): unknown {
    if (this.#isTooDeep()) return undefined;
    const shown = show();
    this.#depth--;
    return shown;
  }

  /** What is packed may be anything, and nobody knows what of it must not be shown. */
  #any(message: Message): unknown {
    const { typeUrl, value } = message as unknown as { typeUrl: string; value: Uint8Array };
    return { "@type": this.#text(typeUrl), byteCount: value.length };
  }

  #list(values: readonly unknown[], show: (value: unknown) => unknown): unknown[] {
    const shown: unknown[] = [];
    for (const value of values) {
      if (!this.#takes(1)) break;
      shown.push(show(value));
    }
    return shown;
  }

  #entries(
    entries: readonly (readonly [string, unknown])[],
    show: (key: string, value: unknown) => unknown,
  ): Record<string, unknown> {
    // Without a prototype: `__proto__` is a key like any other.
    const shown: Record<string, unknown> = Object.create(null);
    for (const [key, value] of entries) {
      if (!this.#takes(key.length)) break;
      shown[toLogText(key, 200)] = show(key, value);
    }
    return shown;
  }

  #text(text: string): string {
    const room = Math.max(0, this.#left);
    if (text.length > room) this.isTruncated = true;
    this.#left -= text.length;
    return toLogText(text, room);
  }

  #bytes(bytes: Uint8Array): string {
    const room = Math.max(0, Math.floor((this.#left * 3) / 4));
    const shown = bytes.subarray(0, Math.min(room, maxShownBytes));
    if (shown.length < bytes.length) this.isTruncated = true;
    this.#left -= Math.ceil((bytes.length * 4) / 3);
    const text = btoa(String.fromCharCode(...shown));
    return shown.length < bytes.length ? `${text}... (${bytes.length - shown.length} more)` : text;
  }

  #takes(chars: number): boolean {
    this.#left -= chars;
    if (this.#left >= 0) return true;
    this.isTruncated = true;
    return false;
  }

  #isTooDeep(): boolean {
    if (this.#depth >= maxDepth) {
      this.isTruncated = true;
      return true;
    }
    this.#depth++;
    return false;
  }
}

/** JSON has no form for some of what these messages can hold, such as times after the year 9999. */
function asJson(type: DescMessage, message: Message): unknown {
  try {
    return toJson(type, message);
  } catch {
    return "(cannot be shown)";
  }
}

/** The value of a field that is set. */
export function fieldValue(message: Message, field: DescField): unknown {
  const values = message as unknown as Record<string, unknown>;
  if (field.oneof === undefined) return values[field.localName];
  return (values[field.oneof.localName] as { value: unknown }).value;
}

/**
 * The message that an observer was told of: those that are sent again are known by their bytes alone.
 * @returns undefined for bytes that are no such message.
 */
export function toMessage(
  type: DescMessage,
  message: unknown,
  bytes: Uint8Array,
): Message | undefined {
  if (isMessage(message)) return message;
  try {
    return fromBinary(type, bytes);
  } catch {
    return undefined;
  }
}

function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && "$typeName" in value;
}
