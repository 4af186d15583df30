// What the storage layer needs of a PostgreSQL, whether it is embedded or a server.
import type { Kysely } from "kysely";
import type { Tables } from "../tables.js";

/** An open database. */
export interface Database {
  /** What to tell people about it; without passwords. */
  readonly description: string;
  /** Runs statements. */
  readonly sql: Kysely<Tables>;
  /**
   * Calls `notified` for each NOTIFY on the channel, and each time when notifications may have been
   * lost (the connection broke and stands again). One call may stand for several notifications.
   */
  listen(channel: string, notified: () => void): Promise<void>;
  /** Ends listening, waits for statements under way, and lets go of the database. */
  close(): Promise<void>;
}
