// Typed reading of a JSON object's fields; errors name the path, the value and what is allowed.
import { Code, codeName, UsageError } from "@trunkline/core";

/** A JSON object and where it stands. */
export class Fields {
  readonly path: string;
  readonly #json: Readonly<Record<string, unknown>>;

  /** @throws {UsageError} unless `json` is an object. */
  constructor(json: unknown, path: string) {
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      throw new UsageError(`${path} is ${show(json)}; it must be an object`);
    }
    this.path = path;
    this.#json = json as Readonly<Record<string, unknown>>;
  }

  /** The names of all fields. */
  get names(): readonly string[] {
    return Object.keys(this.#json);
  }

  /** Where a field stands. */
  at(name: string): string {
    return `${this.path}.${name}`;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** The field as it is; null counts as absent, as in protobuf's JSON. */
  get(name: string): unknown {
    return this.#json[name] ?? undefined;
  }

  object(name: string): Fields | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : new Fields(value, this.at(name));
  }

  list(name: string): readonly unknown[] {
    const value = this.get(name) ?? [];
    return Array.isArray(value) ? value : this.refuse(name, "a list");
  }

  boolean(name: string): boolean | undefined {
    const value = this.get(name);
    return value === undefined || typeof value === "boolean"
      ? value
      : this.refuse(name, "true or false");
  }

  text(name: string): string | undefined {
    const value = this.get(name);
    return value === undefined || typeof value === "string" ? value : this.refuse(name, "a string");
  }

  /** A number above `above`. */
  number(name: string, above: number): number | undefined {
    const value = this.get(name);
    const isGood = typeof value === "number" && Number.isFinite(value) && value > above;
    return value === undefined || isGood ? value : this.refuse(name, `a number above ${above}`);
  }

  /** A whole number from `least` to 4294967295, as a number or, as protobuf's JSON allows, a string. */
  integer(name: string, least: number): number | undefined {
    const value = this.get(name);
    if (value === undefined) {
      return undefined;
    }
    const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
    const isGood = Number.isInteger(number) && (number as number) >= least;
    return isGood && (number as number) <= 0xffff_ffff
      ? (number as number)
      : this.refuse(name, `a whole number from ${least} to 4294967295`);
  }

  /** A duration in milliseconds. */
  durationMs(name: string): number | undefined {
    const value = this.get(name);
    if (value === undefined) {
      return undefined;
    }
    const match = typeof value === "string" ? /^(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(value) : null;
    if (match === null) {
      return this.refuse(name, 'seconds as text, such as "1.5s"');
    }
    // The fraction counts nanoseconds from the left: ".5" is 500 ms, not 5 ns.
    return Number(match[1]) * 1000 + Number((match[2] ?? "").padEnd(9, "0")) / 1e6;
  }

  /** A duration that must be there and be more than 0. */
  positiveDurationMs(name: string): number {
    const ms = this.durationMs(name);
    return ms !== undefined && ms > 0
      ? ms
      : this.refuse(name, 'a duration above 0, such as "0.1s"');
  }

  codes(name: string): ReadonlySet<Code> {
    return new Set(this.list(name).map((code, i) => toCode(code, `${this.at(name)}[${i}]`)));
  }

  /** @throws {UsageError} always. */
  refuse(name: string, expected: string): never {
    throw new UsageError(`${this.at(name)} is ${show(this.get(name))}; it must be ${expected}`);
  }
}

const codesByName: ReadonlyMap<string, Code> = new Map(
  Object.values(Code).map((code) => [codeName(code), code]),
);

function toCode(value: unknown, path: string): Code {
  const code =
    typeof value === "string"
      ? codesByName.get(value.toUpperCase())
      : Object.values(Code).find((known) => known === value);
  if (code === undefined) {
    throw new UsageError(
      `${path} is ${show(value)}; it must be a status code such as "UNAVAILABLE" or 14`,
    );
  }
  return code;
}

function show(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value);
}
