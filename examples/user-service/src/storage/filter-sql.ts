// Turns a filter into a condition of SQL in which every value is a parameter.
import { type Expression, type RawBuilder, type SqlBool, sql } from "kysely";
import type { Comparison, Filter, Operator, TextField } from "../domain/filter/expression.js";
import { toEmailKey } from "../domain/user-rules.js";

/** The condition on rows of `users` that the filter stands for. */
export function toCondition(filter: Filter): Expression<SqlBool> {
  switch (filter.kind) {
    case "and":
      return sql<SqlBool>`(${sql.join(filter.parts.map(toCondition), sql` AND `)})`;
    case "or":
      return sql<SqlBool>`(${sql.join(filter.parts.map(toCondition), sql` OR `)})`;
    case "not":
      return sql<SqlBool>`(NOT ${toCondition(filter.part)})`;
    default:
      return compare(filter);
  }
}

function compare(comparison: Comparison): RawBuilder<SqlBool> {
  switch (comparison.kind) {
    case "text":
      return compareText(comparison.field, comparison.operator, comparison.value);
    case "number":
      return apply(
        sql.ref(comparison.field),
        comparison.operator,
        sql`${comparison.value}::integer`,
      );
    case "time": {
      const time = sql`${comparison.value.toISOString()}::timestamptz`;
      return apply(sql.ref(comparison.field), comparison.operator, time);
    }
    case "role":
      return sql<SqlBool>`(${comparison.value}::text = ANY (roles))`;
    case "metadataKey":
      return sql<SqlBool>`((metadata ->> ${comparison.value}::text) IS NOT NULL)`;
    case "metadata": {
      // COALESCE: a user without the key is one whose value differs.
      const value = sql`COALESCE(metadata ->> ${comparison.key}::text, '')`;
      return applyText(value, comparison.operator, comparison.value);
    }
  }
}

const textColumns: Readonly<Record<TextField, RawBuilder<unknown>>> = {
  id: sql`id`,
  name: sql`name`,
  email: sql`email_key`,
  "profile.display_name": sql`(profile ->> 'display_name')`,
  "profile.bio": sql`(profile ->> 'bio')`,
  "profile.avatar_url": sql`(profile ->> 'avatar_url')`,
  "profile.location": sql`(profile ->> 'location')`,
};

function compareText(field: TextField, operator: Operator, value: string): RawBuilder<SqlBool> {
  const text = field === "email" ? toEmailKey(value) : value;
  return applyText(textColumns[field], operator, text);
}

function applyText(
  column: RawBuilder<unknown>,
  operator: Operator,
  value: string,
): RawBuilder<SqlBool> {
  if (operator !== ":") return apply(column, operator, sql`${value}::text`);
  return sql<SqlBool>`(position(lower(${value}::text) IN lower(${column})) > 0)`;
}

const operators: Readonly<Record<Exclude<Operator, ":">, RawBuilder<unknown>>> = {
  "=": sql`=`,
  "!=": sql`<>`,
  "<": sql`<`,
  "<=": sql`<=`,
  ">": sql`>`,
  ">=": sql`>=`,
};

function apply(
  column: RawBuilder<unknown>,
  operator: Exclude<Operator, ":">,
  value: RawBuilder<unknown>,
): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${column} ${operators[operator]} ${value})`;
}
