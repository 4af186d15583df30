// Users in the database: one at a time, and many at once.
import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import { emailTaken, notFound } from "../domain/failures.js";
import { type User, UserStatus } from "../gen/trunkline/examples/users/v1/user_pb.js";
import type { Tables } from "./tables.js";
import { fromUserRow, toUserColumns } from "./user-rows.js";

const userType = "trunkline.examples.users.v1.User";

/** Keeps users. Each change is logged by the database itself, so that watchers hear of it. */
export class UserStore {
  readonly #sql: Kysely<Tables>;
  readonly #now: () => Date;

  /** @param now tells the time of creations and changes. */
  constructor(sql: Kysely<Tables>, now: () => Date = () => new Date()) {
    this.#sql = sql;
    this.#now = now;
  }

  /** @throws {RpcError} NOT_FOUND. */
  async get(id: string): Promise<User> {
    const query = this.#sql.selectFrom("users").selectAll().where("id", "=", id);
    const row = await query.executeTakeFirst();
    if (row === undefined) throw notFound(userType, id);
    return fromUserRow(row);
  }

  /** @throws {RpcError} ALREADY_EXISTS when the email is taken. */
  async create(user: User): Promise<User> {
    const [created] = await this.createMany([user]);
    if (created === undefined) throw emailTaken(user.email);
    return created;
  }

  /**
   * Creates users, each for itself.
   * @returns for each user what was created, or undefined when its email is taken.
   */
  async createMany(users: readonly User[]): Promise<(User | undefined)[]> {
    const ids = users.map(() => randomUUID());
    const now = this.#now();
    const rows = users.map((user, index) => ({
      id: ids[index]!,
      ...toUserColumns({ ...user, status: user.status || UserStatus.ACTIVE }),
      created_at: now,
      updated_at: now,
    }));
    // Two statements that insert the same emails in different orders would wait for each other.
    rows.sort((a, b) => Number(a.email_key > b.email_key) - Number(a.email_key < b.email_key));
    const inserted = await this.#sql
      .insertInto("users")
      .values(rows)
      .onConflict((conflict) => conflict.column("email_key").doNothing())
      .returningAll()
      .execute();
    const byId = new Map(inserted.map((row) => [row.id, fromUserRow(row)]));
    return ids.map((id) => byId.get(id));
  }

  /**
   * Changes a user: nobody else changes it between reading and writing.
   * @param change makes the new user of the present one.
   * @throws {RpcError} NOT_FOUND; ALREADY_EXISTS when the new email is taken.
   */
  async update(id: string, change: (current: User) => User): Promise<User> {
    return this.#sql.transaction().execute(async (transaction) => {
      const locked = transaction.selectFrom("users").selectAll().where("id", "=", id).forUpdate();
      const row = await locked.executeTakeFirst();
      if (row === undefined) throw notFound(userType, id);
      const next = change(fromUserRow(row));
      // Another server's clock may be ahead of ours; the time of a change never goes back.
      const updatedAt = new Date(Math.max(Number(this.#now()), Number(row.updated_at)));
      const updated = await transaction
        .updateTable("users")
        .set({ ...toUserColumns(next), updated_at: updatedAt })
        .where("id", "=", id)
        .returningAll()
        .executeTakeFirstOrThrow()
        .catch((error: unknown) => {
          throw isUniqueViolation(error) ? emailTaken(next.email) : error;
        });
      return fromUserRow(updated);
    });
  }

  /** @throws {RpcError} NOT_FOUND. */
  async delete(id: string): Promise<void> {
    const query = this.#sql.deleteFrom("users").where("id", "=", id).returning("id");
    if ((await query.executeTakeFirst()) === undefined) throw notFound(userType, id);
  }
}

/** 23505, unique_violation: PostgreSQL's appendix A. */
function isUniqueViolation(error: unknown): boolean {
  return (error as { code?: unknown }).code === "23505";
}
