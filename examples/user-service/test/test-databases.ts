// The databases that the end-to-end tests run on: an embedded one, and a server if there is one.
import { randomBytes } from "node:crypto";
import pg from "pg";
import type { Database } from "../src/storage/driver/database.js";
import { openDatabase } from "../src/storage/driver/open-database.js";

/** A database of its own for one test file. */
export interface TestDatabase {
  /** The database as one more server sees it. */
  connect(): Promise<Database>;
  /** Closes all that was connected, and removes the database. */
  close(): Promise<void>;
}

/** An embedded database in memory. It has one process, so all servers share what is open. */
export async function openEmbedded(): Promise<TestDatabase> {
  const database = await openDatabase({});
  return { connect: async () => database, close: () => database.close() };
}

/**
 * A new database on the server.
 * @param url of any database there, by someone who may make others.
 */
export async function openOnServer(url: string): Promise<TestDatabase> {
  const { url: databaseUrl, drop } = await makeDatabase(url);
  const opened: Database[] = [];
  return {
    async connect() {
      const database = await openDatabase({ databaseUrl });
      opened.push(database);
      return database;
    },
    async close() {
      await Promise.all(opened.map((it) => it.close()));
      await drop();
    },
  };
}

/**
 * Makes a database for processes that connect by themselves.
 * @param url of any database there, by someone who may make others.
 */
export async function makeDatabase(url: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `trunkline_test_${randomBytes(6).toString("hex")}`;
  await runOn(url, `CREATE DATABASE ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  return { url: own.href, drop: () => runOn(url, `DROP DATABASE ${name} WITH (FORCE)`) };
}

/** Runs one statement on a connection of its own. */
export async function runOn(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}
