// Which fields of messages must not be shown: those whose contract says so, those that were named, those whose name gives them away.
import type { DescEnum, DescField } from "@bufbuild/protobuf";
import { UsageError } from "@trunkline/core";
import { isSecretField } from "./secret-names.js";

/** What is left out of messages that are logged. */
export interface RedactionOptions {
  /**
   * Fields beside those with the standard option `debug_redact`: a name (`iban`) means the field in every message,
   * `acme.v1.User.iban` that of one message, and `user.iban` the path from the request or response; lists and maps on the way count
   * for nothing. Names are those of the contract. Default: none.
   */
  readonly fields?: readonly string[] | undefined;
  /**
   * Whether fields are left out, too, whose names speak of credentials: `password`, `secret`, `api_key`, `access_token` and
   * their like; `page_token` is none. Default true.
   */
  readonly secretNames?: boolean | undefined;
}

/** Paths that are still to go from where a walk through a message has come. */
export type OpenPaths = readonly string[];

/** The rules of one log. */
export class FieldRules {
  /** Where walks begin. */
  readonly paths: OpenPaths;
  readonly #names: ReadonlySet<string>;
  readonly #hidesSecretNames: boolean;
  /** What does not depend on the way to a field. */
  readonly #known = new WeakMap<DescField, boolean>();

  /** @throws {UsageError} for what is no name and no path. */
  constructor({ fields = [], secretNames = true }: RedactionOptions = {}) {
    for (const field of fields) checkPath(field);
    this.paths = fields.filter((field) => field.includes("."));
    this.#names = new Set(fields);
    this.#hidesSecretNames = secretNames;
  }

  /** Whether a field must not be shown. @param open what `below` gave for the message that it is in. */
  hides(field: DescField, open: OpenPaths): boolean {
    let isHidden = this.#known.get(field);
    if (isHidden === undefined) {
      isHidden = this.#isHidden(field);
      this.#known.set(field, isHidden);
    }
    return isHidden || open.includes(field.name);
  }

  /** The paths that go on below a field. */
  below(field: DescField, open: OpenPaths): OpenPaths {
    if (open.length === 0) return open;
    const head = `${field.name}.`;
    return open.filter((path) => path.startsWith(head)).map((path) => path.slice(head.length));
  }

  /** Whether a value of an enumeration must not be shown. */
  hidesValue(type: DescEnum, value: number): boolean {
    return type.value[value]?.proto.options?.debugRedact === true;
  }

  /** Whether what a map, or a JSON object, has under this key must not be shown. */
  hidesKey(key: string): boolean {
    return this.#hidesSecretNames && isSecretField(key);
  }

  #isHidden(field: DescField): boolean {
    return (
      field.proto.options?.debugRedact === true ||
      this.#names.has(field.name) ||
      this.#names.has(`${field.parent.typeName}.${field.name}`) ||
      (this.#hidesSecretNames && isSecretField(field.name))
    );
  }
}

function checkPath(field: string): void {
  if (typeof field === "string" && /^\w+(\.\w+)*$/.test(field)) return;
  throw new UsageError(
    `redacted field ${JSON.stringify(field)} is no name (password) and no path (user.password, acme.v1.User.password)`,
  );
}
