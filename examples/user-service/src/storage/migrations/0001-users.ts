// Migration 1: users, the log of events, and the trigger that logs each change of a user.
import { type Kysely, sql } from "kysely";

/** Makes the tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // COLLATE "C" orders text by code point, so that every database orders users alike and the place
  // where a page ended means the same to each of them.
  await sql`
    CREATE TABLE users (
      id text COLLATE "C" PRIMARY KEY,
      name text COLLATE "C" NOT NULL,
      email text NOT NULL,
      email_key text COLLATE "C" NOT NULL,
      age integer NOT NULL,
      roles text[] NOT NULL,
      status integer NOT NULL,
      profile jsonb NOT NULL,
      metadata jsonb NOT NULL,
      created_at timestamptz(3) NOT NULL,
      updated_at timestamptz(3) NOT NULL
    )`.execute(db);
  await sql`CREATE UNIQUE INDEX users_email_key ON users (email_key)`.execute(db);
  await sql`CREATE INDEX users_created_at ON users (created_at, id)`.execute(db);
  await sql`CREATE INDEX users_name ON users (name, id)`.execute(db);
  await createEventLog(db);
  await createUserTrigger(db);
}

async function createEventLog(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE events (
      sequence bigserial PRIMARY KEY,
      topic text NOT NULL,
      kind text NOT NULL,
      subject text NOT NULL,
      body jsonb NOT NULL,
      occurred_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
    )`.execute(db);
  await sql`CREATE INDEX events_occurred_at ON events (occurred_at)`.execute(db);
  await sql`CREATE TABLE event_purges (purged_sequence bigint NOT NULL)`.execute(db);
  await sql`INSERT INTO event_purges VALUES (0)`.execute(db);
  // A sequence number is taken before its transaction commits, so without the lock a reader could
  // see number 8, and pass over number 7 that is committed a moment later. The lock is held until
  // the commit: numbers become visible in their order, and "everything above N" misses nothing.
  // The notification carries nothing; it only wakes the readers.
  await sql`
    CREATE FUNCTION append_event(event_topic text, event_kind text, event_subject text, event_body jsonb)
    RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock(7310291840275);
      INSERT INTO events (topic, kind, subject, body)
        VALUES (event_topic, event_kind, event_subject, event_body);
      PERFORM pg_notify('user_service_events', '');
    END $$`.execute(db);
}

async function createUserTrigger(db: Kysely<unknown>): Promise<void> {
  // AFTER triggers fire at the end of their statement, when every row lock is already held: whoever
  // waits for the lock of append_event holds nothing that its holder still needs.
  await sql`
    CREATE FUNCTION log_user_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        PERFORM append_event('user', 'created', NEW.id, to_jsonb(NEW));
      ELSIF TG_OP = 'UPDATE' THEN
        PERFORM append_event('user', 'updated', NEW.id, to_jsonb(NEW));
      ELSE
        PERFORM append_event('user', 'deleted', OLD.id, to_jsonb(OLD));
      END IF;
      RETURN NULL;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER users_log AFTER INSERT OR UPDATE OR DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION log_user_change()`.execute(db);
}
