// Opens the database that the configuration names, and brings its tables up to date.
import { StartupError } from "../../startup-error.js";
import { migrate } from "../migrate.js";
import type { Database } from "./database.js";
import { openPglite } from "./pglite-database.js";
import { openPostgres } from "./postgres-database.js";

/** Where the data is kept. */
export interface DatabaseOptions {
  /** A PostgreSQL server; undefined for an embedded one. */
  readonly databaseUrl?: string | undefined;
  /** The folder of the embedded one; undefined for one in memory. */
  readonly dataDir?: string | undefined;
}

/**
 * Opens the database.
 * @throws {StartupError} when it cannot be opened, in one line.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { databaseUrl, dataDir } = options;
  const database = await (databaseUrl ? openPostgres(databaseUrl) : openPglite(dataDir));
  try {
    await migrate(database.sql);
  } catch (error) {
    await database.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(`the tables of ${database.description} cannot be made: ${reason}`);
  }
  return database;
}
