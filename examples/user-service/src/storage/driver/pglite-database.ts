// PGlite, PostgreSQL embedded in this process, as a Database.
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from "kysely";
import { StartupError } from "../../startup-error.js";
import type { Tables } from "../tables.js";
import type { Database } from "./database.js";
import { Exclusive } from "./exclusive.js";
import { type FolderLock, lockFolder } from "./folder-lock.js";

/**
 * Opens the database in a folder, making it if there is none; or one that lives in memory.
 * @param folder undefined for a database in memory, which is gone after `close`.
 * @throws {StartupError} when another process holds the folder, or it cannot be used.
 */
export async function openPglite(folder: string | undefined): Promise<Database> {
  if (folder === undefined) {
    return new PgliteDatabase(await PGlite.create(), "PGlite in memory", undefined);
  }
  const lock = lockOrExplain(folder);
  try {
    const dataDir = join(folder, "pglite");
    if (!existsSync(dataDir)) await makeDatabase(dataDir);
    const engine = await PGlite.create({ dataDir });
    return new PgliteDatabase(engine, `PGlite in ${folder}`, lock);
  } catch (error) {
    lock.release();
    throw new StartupError(`PGlite cannot open the data folder ${folder}: ${messageOf(error)}`);
  }
}

/** Under another name until it is whole: a start that is killed leaves nothing that looks like data. */
async function makeDatabase(dataDir: string): Promise<void> {
  const draft = `${dataDir}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  const engine = await PGlite.create({ dataDir: draft });
  await engine.close();
  renameSync(draft, dataDir);
}

function lockOrExplain(folder: string): FolderLock {
  try {
    return lockFolder(folder);
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(`the data folder ${folder} cannot be used: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

class PgliteDatabase implements Database {
  readonly description: string;
  readonly sql: Kysely<Tables>;
  readonly #engine: PGlite;
  readonly #lock: FolderLock | undefined;

  constructor(engine: PGlite, description: string, lock: FolderLock | undefined) {
    this.description = description;
    this.#engine = engine;
    this.#lock = lock;
    this.sql = new Kysely({ dialect: new PostgresDialect({ pool: createPool(engine) }) });
  }

  async listen(channel: string, notified: () => void): Promise<void> {
    await this.#engine.listen(channel, notified);
  }

  async close(): Promise<void> {
    await this.sql.destroy();
    await this.#engine.close();
    this.#lock?.release();
  }
}

/** A pool of one: PGlite has a single session, so one transaction at a time may use it. */
function createPool(engine: PGlite): PostgresPool {
  const exclusive = new Exclusive();
  return {
    async connect() {
      const release = await exclusive.acquire();
      return createClient(engine, release);
    },
    async end() {
      const release = await exclusive.acquire();
      release();
    },
  };
}

function createClient(engine: PGlite, release: () => void): PostgresPoolClient {
  const client = {
    async query(text: string, parameters: readonly unknown[]) {
      const result = await engine.query(text, [...parameters]);
      return { command: "SELECT", rowCount: result.affectedRows ?? 0, ...result };
    },
    release,
  };
  // Kysely's type also describes cursors, which it uses only when it is given a cursor class.
  return client as unknown as PostgresPoolClient;
}
