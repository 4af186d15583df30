// The log of what has happened, which all servers of one database write and read.
import { type Kysely, sql } from "kysely";
import type { Tables } from "./tables.js";

/** The channel on which every appended event is notified. */
export const eventChannel = "user_service_events";

/** Something that has happened. */
export interface LoggedEvent {
  readonly sequence: number;
  readonly topic: string;
  readonly kind: string;
  readonly subject: string;
  readonly body: unknown;
  readonly occurredAt: Date;
}

/** Appends to and reads the log. Sequence numbers become visible in their order. */
export class EventLog {
  readonly #sql: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#sql = db;
  }

  /** Appends an event. */
  async append(topic: string, kind: string, subject: string, body: unknown): Promise<void> {
    const json = JSON.stringify(body);
    await sql`SELECT append_event(${topic}, ${kind}, ${subject}, ${json}::jsonb)`.execute(
      this.#sql,
    );
  }

  /** The sequence number of the newest event; 0 when there never was one. */
  async lastSequence(): Promise<number> {
    const query = this.#sql
      .selectFrom("events")
      .select((it) => it.fn.max("sequence").as("last"))
      .executeTakeFirstOrThrow();
    return Math.max(Number((await query).last ?? 0), await this.purgedSequence());
  }

  /** The events behind a sequence number, oldest first. */
  async readAfter(sequence: number, limit: number): Promise<LoggedEvent[]> {
    const rows = await this.#sql
      .selectFrom("events")
      .selectAll()
      .where("sequence", ">", sequence)
      .orderBy("sequence")
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      sequence: Number(row.sequence),
      topic: row.topic,
      kind: row.kind,
      subject: row.subject,
      body: row.body,
      occurredAt: row.occurred_at,
    }));
  }

  /** Up to which sequence number events have been thrown away; 0 when none has. */
  async purgedSequence(): Promise<number> {
    const query = this.#sql.selectFrom("event_purges").select("purged_sequence");
    return Number((await query.executeTakeFirstOrThrow()).purged_sequence);
  }

  /** Throws away what happened before a time. */
  async purge(before: Date): Promise<void> {
    await this.#sql
      .with("gone", (db) =>
        db.deleteFrom("events").where("occurred_at", "<", before).returning("sequence"),
      )
      .updateTable("event_purges")
      .set({
        purged_sequence: sql<number>`greatest(purged_sequence, (SELECT max(sequence) FROM gone))`,
      })
      .execute();
  }
}
