// Which fields a filter can compare, how, and with what.
import { UserStatus, UserStatusSchema } from "../../gen/trunkline/examples/users/v1/user_pb.js";
import { isMetadataKey } from "../user-rules.js";
import type { Comparison, Operator, TextField } from "./expression.js";
import { FilterError } from "./filter-error.js";
import { describeToken, type Token } from "./tokens.js";

const equality: readonly Operator[] = ["=", "!="];
const order: readonly Operator[] = [...equality, "<", "<=", ">", ">="];

type Field =
  | { readonly kind: "text"; readonly operators: readonly Operator[]; readonly name: TextField }
  | {
      readonly kind: "number";
      readonly operators: readonly Operator[];
      readonly name: "age" | "status";
    }
  | {
      readonly kind: "time";
      readonly operators: readonly Operator[];
      readonly name: "created_at" | "updated_at";
    }
  | { readonly kind: "role" | "metadataKey"; readonly operators: readonly Operator[] };

const fields: ReadonlyMap<string, Field> = new Map<string, Field>([
  ["id", { kind: "text", operators: [...order, ":"], name: "id" }],
  ["name", { kind: "text", operators: [...order, ":"], name: "name" }],
  ["email", { kind: "text", operators: [...order, ":"], name: "email" }],
  ["profile.display_name", textField("profile.display_name")],
  ["profile.bio", textField("profile.bio")],
  ["profile.avatar_url", textField("profile.avatar_url")],
  ["profile.location", textField("profile.location")],
  ["age", { kind: "number", operators: order, name: "age" }],
  ["status", { kind: "number", operators: equality, name: "status" }],
  ["created_at", { kind: "time", operators: order, name: "created_at" }],
  ["updated_at", { kind: "time", operators: order, name: "updated_at" }],
  ["roles", { kind: "role", operators: [":"] }],
  ["metadata", { kind: "metadataKey", operators: [":"] }],
]);

/**
 * Makes a comparison of its three tokens.
 * @throws FilterError when the field is unknown, or operator or value do not fit it.
 */
export function toComparison(name: Token, operator: Token, value: Token): Comparison {
  if (name.value.startsWith("metadata.")) return compareMetadata(name, operator, value);
  const field = fields.get(name.value);
  if (field === undefined) throw unknownField(name);
  const sign = pickOperator(operator, field.operators, name);
  switch (field.kind) {
    case "text":
      return { kind: "text", field: field.name, operator: sign, value: value.value };
    case "number": {
      const number = field.name === "age" ? readInteger(value) : readStatus(value);
      return { kind: "number", field: field.name, operator: withoutHas(sign), value: number };
    }
    case "time":
      return {
        kind: "time",
        field: field.name,
        operator: withoutHas(sign),
        value: readTime(value),
      };
    default:
      return { kind: field.kind, value: value.value };
  }
}

function textField(name: TextField): Field {
  return { kind: "text", operators: [...equality, ":"], name };
}

function compareMetadata(name: Token, operator: Token, value: Token): Comparison {
  const key = name.value.slice("metadata.".length);
  if (!isMetadataKey(key)) throw unknownField(name);
  const sign = pickOperator(operator, [...equality, ":"], name) as "=" | "!=" | ":";
  return { kind: "metadata", key, operator: sign, value: value.value };
}

function unknownField(name: Token): FilterError {
  return new FilterError(`${describeToken(name)} is not a field that can be compared`, name.offset);
}

function pickOperator(token: Token, allowed: readonly Operator[], name: Token): Operator {
  const found = allowed.find((it) => it === token.value);
  if (found !== undefined) return found;
  const list = allowed.join(" ");
  throw new FilterError(
    `\`${name.value}\` cannot be compared with \`${token.value}\`, only with ${list},`,
    token.offset,
  );
}

function withoutHas(operator: Operator): Exclude<Operator, ":"> {
  return operator as Exclude<Operator, ":">;
}

function readInteger(token: Token): number {
  const value = Number(token.value);
  if (/^-?\d{1,9}$/.test(token.value)) return value;
  throw new FilterError(
    `expected a whole number of at most 9 digits, found ${describeToken(token)},`,
    token.offset,
  );
}

function readStatus(token: Token): number {
  const name = token.value.replace(/^USER_STATUS_/, "");
  const found = UserStatusSchema.values.find((it) => it.localName === name);
  if (found !== undefined && found.number !== UserStatus.UNSPECIFIED) return found.number;
  const known = UserStatusSchema.values.slice(1).map((it) => it.localName);
  throw new FilterError(
    `expected one of ${known.join(", ")}, found ${describeToken(token)},`,
    token.offset,
  );
}

// RFC 3339 s5.6. The date is checked by itself: the Date of JavaScript takes 31 February for 3 March.
const timePattern =
  /^(\d{4}-\d\d-\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
// PostgreSQL has no year 0, and pg writes years beyond these in ways it does not read. An offset may
// carry the time over either end.
const earliestTime = Date.parse("0001-01-01T00:00:00Z");
const latestTime = Date.parse("9999-12-31T23:59:59.999Z");

function readTime(token: Token): Date {
  const day = timePattern.exec(token.value)?.[1];
  const time = new Date(token.value.toUpperCase());
  const isReal = day !== undefined && !Number.isNaN(time.getTime()) && isCalendarDay(day);
  if (isReal && (time.getTime() < earliestTime || time.getTime() > latestTime)) {
    throw new FilterError(
      `expected a time of the years 1 to 9999 in UTC, found ${describeToken(token)},`,
      token.offset,
    );
  }
  if (isReal) return time;
  throw new FilterError(
    `expected an RFC 3339 time such as "2026-01-31T12:00:00Z", found ${describeToken(token)},`,
    token.offset,
  );
}

function isCalendarDay(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}
