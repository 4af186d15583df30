// Brings the tables of a database up to date. Safe when several servers start at once.
import { type Kysely, type Migration, Migrator } from "kysely";
import * as users from "./migrations/0001-users.js";
import * as files from "./migrations/0002-files.js";
import type { Tables } from "./tables.js";

// Kysely runs those that are missing in the order of their names, in one transaction and under an
// advisory lock, so a second server waits and then finds nothing to do.
const migrations: Record<string, Migration> = { "0001-users": users, "0002-files": files };

/**
 * Runs the migrations that the database has not seen yet.
 * @throws Error when one fails; the database is then as it was before.
 */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
