// A PostgreSQL server as a Database: a pool for statements, and one connection that listens.
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from "kysely";
import pg from "pg";
import { StartupError } from "../../startup-error.js";
import type { Tables } from "../tables.js";
import type { Database } from "./database.js";
import { PostgresListener } from "./postgres-listener.js";
import { toUnavailable, unavailable } from "./unreachable.js";

const connectTimeoutMs = 5000;
const maxConnections = 10;

/**
 * Connects to a PostgreSQL server.
 * @param databaseUrl `postgres://user:password@host:port/database`.
 * @throws {StartupError} when the URL is malformed, or the server cannot be reached or refuses.
 */
export async function openPostgres(databaseUrl: string): Promise<Database> {
  const description = describeUrl(databaseUrl);
  const url = withLibpqModes(databaseUrl);
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    application_name: "trunkline user service",
  });
  // A connection that breaks is told by the next statement on it, and the pool drops it. An `error`
  // event that nobody listens to would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  try {
    await pool.query("SELECT 1");
  } catch (error) {
    await pool.end();
    throw new StartupError(
      `DATABASE_URL: no connection to ${description}: ${describeFailure(error)}`,
    );
  }
  return createDatabase(url, pool, description);
}

/** `sslmode` means what it means to psql: pg's own reading is another, and comes with a page of warning. */
export function withLibpqModes(url: string): string {
  const isPlain = !/[?&]sslmode=/.test(url) || /[?&]uselibpqcompat=/.test(url);
  return isPlain ? url : `${url}&uselibpqcompat=true`;
}

function createDatabase(url: string, pool: pg.Pool, description: string): Database {
  const sql = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: toKyselyPool(pool) }) });
  const listeners: PostgresListener[] = [];
  return {
    description,
    sql,
    async listen(channel, notified) {
      const listener = new PostgresListener(url, channel, notified);
      listeners.push(listener);
      await listener.start();
    },
    async close() {
      await Promise.all(listeners.map((it) => it.stop()));
      await sql.destroy();
    },
  };
}

/** The pool, with lost connections told as UNAVAILABLE. */
function toKyselyPool(pool: pg.Pool): PostgresPool {
  return {
    async connect() {
      const client = await pool.connect().catch((error: unknown) => {
        throw unavailable(error);
      });
      const wrapped = {
        query: (text: string, parameters: unknown[]) =>
          client.query(text, parameters).catch((error: unknown) => {
            throw toUnavailable(error);
          }),
        release: () => client.release(),
      };
      // Kysely's type also describes cursors, which it uses only when it is given a cursor class.
      return wrapped as unknown as PostgresPoolClient;
    },
    end: () => pool.end(),
  };
}

function describeUrl(url: string): string {
  if (!URL.canParse(url)) throw new StartupError("DATABASE_URL is not a URL");
  const { protocol, host, pathname } = new URL(url);
  if (protocol !== "postgres:" && protocol !== "postgresql:") {
    throw new StartupError(
      `DATABASE_URL must begin with postgres:// or postgresql://, not ${protocol}`,
    );
  }
  return `PostgreSQL at ${host || "the local socket"}${pathname}`;
}

/** Several addresses that all refuse make an AggregateError without a message of its own. */
function describeFailure(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeFailure).join(", ");
  return error instanceof Error ? error.message.replaceAll("\n", " ") : String(error);
}
