// Reads users page by page: each page begins behind the last user of the one before (keyset paging).
import { type Kysely, type RawBuilder, type SqlBool, sql } from "kysely";
import type { Filter } from "../domain/filter/expression.js";
import type { OrderField, OrderTerm } from "../domain/order-by.js";
import type { Position } from "../domain/page-token.js";
import type { User } from "../gen/trunkline/examples/users/v1/user_pb.js";
import { toCondition } from "./filter-sql.js";
import type { Tables } from "./tables.js";
import { fromUserRow, type UserRow } from "./user-rows.js";

/** Which users to read. */
export interface PageQuery {
  readonly filter: Filter | undefined;
  /** Ends with the id, so that no two users are equal. */
  readonly order: readonly OrderTerm[];
  /** The user behind which to begin; undefined to begin with the first. */
  readonly after: Position | undefined;
}

/** A user and where it stands in the order. */
export interface PlacedUser {
  readonly user: User;
  readonly position: Position;
}

/** Reads at most `limit` users of a query. */
export type ReadPage = (query: PageQuery, limit: number) => Promise<PlacedUser[]>;

/** Pages over the users of a database. */
export function createPageReader(db: Kysely<Tables>): ReadPage {
  return (query, limit) => readUsers(db, query, limit);
}

async function readUsers(
  db: Kysely<Tables>,
  query: PageQuery,
  limit: number,
): Promise<PlacedUser[]> {
  let select = db.selectFrom("users").selectAll().limit(limit);
  if (query.filter !== undefined) select = select.where(toCondition(query.filter));
  if (query.after !== undefined) select = select.where(isBehind(query.order, query.after));
  for (const { field, descending } of query.order) {
    select = select.orderBy(columns[field], descending ? "desc" : "asc");
  }
  const rows = await select.execute();
  return rows.map((row) => ({ user: fromUserRow(row), position: positionOf(row, query.order) }));
}

const columns = {
  id: "id",
  name: "name",
  email: "email_key",
  age: "age",
  status: "status",
  created_at: "created_at",
  updated_at: "updated_at",
} as const satisfies Record<OrderField, string>;

function positionOf(row: UserRow, order: readonly OrderTerm[]): Position {
  return order.map(({ field }) => {
    const value = row[columns[field]];
    return value instanceof Date ? value.toISOString() : value;
  });
}

/**
 * For the order a, b, c: (a > x) OR (a = x AND b > y) OR (a = x AND b = y AND c > z), with < for what
 * descends. A comparison of tuples would do if all went in one direction.
 */
function isBehind(order: readonly OrderTerm[], position: Position): RawBuilder<SqlBool> {
  const cases = order.map((_, depth) => {
    const terms = order.slice(0, depth + 1).map(({ field, descending }, index) => {
      const value = sql`${position[index]}::${typeOf(field)}`;
      const sign = index < depth ? sql`=` : descending ? sql`<` : sql`>`;
      return sql`${sql.ref(columns[field])} ${sign} ${value}`;
    });
    return sql`(${sql.join(terms, sql` AND `)})`;
  });
  return sql<SqlBool>`(${sql.join(cases, sql` OR `)})`;
}

function typeOf(field: OrderField): RawBuilder<unknown> {
  if (field === "created_at" || field === "updated_at") return sql`timestamptz`;
  return field === "age" || field === "status" ? sql`integer` : sql`text`;
}
