// Migration 2: files in pieces, and the secrets that servers share.
import { type Kysely, sql } from "kysely";

/** Makes the tables. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE files (
      id text COLLATE "C" PRIMARY KEY,
      name text NOT NULL,
      content_type text NOT NULL,
      size bigint,
      sha256 text,
      completed_at timestamptz(3),
      touched_at timestamptz(3) NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX files_incomplete ON files (touched_at) WHERE completed_at IS NULL`.execute(
    db,
  );
  // Storage EXTERNAL: no attempt to compress what mostly is compressed already.
  await sql`
    CREATE TABLE file_chunks (
      file_id text COLLATE "C" NOT NULL REFERENCES files (id) ON DELETE CASCADE,
      position integer NOT NULL,
      bytes bytea NOT NULL,
      PRIMARY KEY (file_id, position)
    )`.execute(db);
  await sql`ALTER TABLE file_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL`.execute(db);
  await sql`CREATE TABLE secrets (name text PRIMARY KEY, value bytea NOT NULL)`.execute(db);
}
