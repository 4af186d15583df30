// Messages without what must not be shown, for logs that keep them as bytes.
import {
  clearField,
  clone,
  type DescField,
  type DescMessage,
  isFieldSet,
  type Message,
} from "@bufbuild/protobuf";
import type { FieldRules, OpenPaths } from "./field-rules.js";
import { fieldValue } from "./message-content.js";

/**
 * Copies of messages in which hidden fields are not set. A message that has none of them set is returned as it is, and
 * what is never hidden in any message of its type costs one look-up.
 */
export class MessageRedactor {
  readonly #rules: FieldRules;
  readonly #concerned = new WeakMap<DescMessage, boolean>();

  constructor(rules: FieldRules) {
    this.#rules = rules;
  }

  /** @returns `message` itself where there is nothing to leave out. */
  redact<T extends Message>(type: DescMessage, message: T): T {
    if (!this.isConcerned(type)) return message;
    if (!this.#hasHidden(type, message, this.#rules.paths)) return message;
    const copy = clone(type, message) as T;
    this.#strip(type, copy, this.#rules.paths);
    return copy;
  }

  /** Whether messages of the type may have something to hide. */
  isConcerned(type: DescMessage): boolean {
    if (this.#rules.paths.length > 0) return true;
    let isConcerned = this.#concerned.get(type);
    if (isConcerned === undefined) {
      isConcerned = this.#reaches(type, new Set());
      this.#concerned.set(type, isConcerned);
    }
    return isConcerned;
  }

  #reaches(type: DescMessage, seen: Set<DescMessage>): boolean {
    if (seen.has(type)) return false;
    seen.add(type);
    return type.fields.some(
      (field) =>
        // Keys are known only when they come.
        field.fieldKind === "map" ||
        this.#rules.hides(field, []) ||
        field.enum?.values.some(({ proto }) => proto.options?.debugRedact === true) ||
        (field.message !== undefined && this.#reaches(field.message, seen)),
    );
  }

  #hasHidden(type: DescMessage, message: Message, open: OpenPaths): boolean {
    return type.fields.some((field) => {
      if (!isFieldSet(message, field)) return false;
      if (this.#isHidden(field, message, open)) return true;
      if (keyed(message, field).some((one) => this.#hasHiddenKey(one))) return true;
      const below = this.#rules.below(field, open);
      return messagesOf(message, field).some((one) => this.#hasHidden(field.message!, one, below));
    });
  }

  #strip(type: DescMessage, message: Message, open: OpenPaths): void {
    for (const field of type.fields) {
      if (!isFieldSet(message, field)) continue;
      if (this.#isHidden(field, message, open)) {
        clearField(message, field);
        continue;
      }
      for (const one of keyed(message, field)) this.#stripKeys(one);
      const below = this.#rules.below(field, open);
      for (const one of messagesOf(message, field)) this.#strip(field.message!, one, below);
    }
  }

  #hasHiddenKey(value: Keyed): boolean {
    return Object.entries(value).some(
      ([key, one]) => this.#hidesKey(value, key) || (isKeyed(one) && this.#hasHiddenKey(one)),
    );
  }

  #stripKeys(value: Keyed): void {
    for (const [key, one] of Object.entries(value)) {
      if (this.#hidesKey(value, key)) delete value[key];
      else if (isKeyed(one)) this.#stripKeys(one);
    }
  }

  #hidesKey(value: Keyed, key: string): boolean {
    return !Array.isArray(value) && this.#rules.hidesKey(key);
  }

  #isHidden(field: DescField, message: Message, open: OpenPaths): boolean {
    if (this.#rules.hides(field, open)) return true;
    const type = field.enum;
    if (type === undefined) return false;
    const value = fieldValue(message, field);
    const numbers =
      typeof value === "number" ? [value] : (Object.values(value as object) as number[]);
    return numbers.some((number) => this.#rules.hidesValue(type, number));
  }
}

/** The messages in a field: one, those of a list or of a map; none where it holds something else. */
function messagesOf(message: Message, field: DescField): readonly Message[] {
  if (field.message === undefined) return [];
  const value = fieldValue(message, field);
  const all = field.fieldKind === "message" ? [value] : Object.values(value as object);
  // Wrappers and Struct may be held as what they wrap.
  return all.filter((one): one is Message => typeof one === "object" && "$typeName" in one);
}

/** A map, or JSON: an object or an array. */
type Keyed = Record<string, unknown>;

function isKeyed(value: unknown): value is Keyed {
  return (
    typeof value === "object" &&
    value !== null &&
    !("$typeName" in value) &&
    !(value instanceof Uint8Array)
  );
}

/** What in a field has keys: the map that it is, the JSON that it holds (google.protobuf.Struct). */
function keyed(message: Message, field: DescField): readonly Keyed[] {
  if (field.fieldKind !== "map" && field.message === undefined) return [];
  const value = fieldValue(message, field);
  return isKeyed(value) && field.fieldKind !== "list" ? [value] : [];
}
