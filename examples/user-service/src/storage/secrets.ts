// Secrets that all servers of one database share: made by whoever comes first.
import { randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import type { Tables } from "./tables.js";

/** The secret of this name, 32 random bytes; made if there is none yet. */
export async function readSecret(db: Kysely<Tables>, name: string): Promise<Uint8Array> {
  await db
    .insertInto("secrets")
    .values({ name, value: randomBytes(32) })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
  const query = db.selectFrom("secrets").select("value").where("name", "=", name);
  return (await query.executeTakeFirstOrThrow()).value;
}
