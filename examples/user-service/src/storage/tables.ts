// The tables of the service, as Kysely sees them. The migrations make them.
import type { ColumnType, Generated } from "kysely";

/** All tables. */
export interface Tables {
  users: UsersTable;
  events: EventsTable;
  event_purges: EventPurgesTable;
  files: FilesTable;
  file_chunks: FileChunksTable;
  secrets: SecretsTable;
}

/** A JSON column: written as text, read as what the text means. */
type Json<T> = ColumnType<T, string, string>;
/** A bigint column: drivers return text or number, whatever they hold exactly. */
type BigInteger = ColumnType<string | number, number, number>;

/** One row for each user. */
export interface UsersTable {
  id: string;
  name: string;
  email: string;
  /** The email in the form in which equal addresses are equal; unique. */
  email_key: string;
  age: number;
  roles: string[];
  status: number;
  profile: Json<StoredProfile>;
  metadata: Json<Record<string, string>>;
  created_at: Date;
  updated_at: Date;
}

/** A profile in its JSON column. */
export interface StoredProfile {
  display_name: string;
  bio: string;
  avatar_url: string;
  location: string;
}

/** What has happened, in the order of commits. */
export interface EventsTable {
  sequence: Generated<string | number>;
  topic: string;
  /** `created`, `updated`, `deleted`; or what a chat participant did. */
  kind: string;
  /** The id of the user, or the name of the room. */
  subject: string;
  body: Json<unknown>;
  occurred_at: Generated<Date>;
}

/** One row: up to which sequence events have been thrown away. */
export interface EventPurgesTable {
  purged_sequence: BigInteger;
}

/** One row for each file, or upload that is not complete yet. */
export interface FilesTable {
  id: string;
  name: string;
  content_type: string;
  size: BigInteger | null;
  sha256: string | null;
  /** Null while the upload goes on. */
  completed_at: Date | null;
  /** When the upload last gave a sign of life. */
  touched_at: Date;
}

/** The bytes of a file in pieces of equal size; only the last piece may be shorter. */
export interface FileChunksTable {
  file_id: string;
  position: number;
  bytes: Uint8Array;
}

/** Keys that all servers of one database share. */
export interface SecretsTable {
  name: string;
  value: Uint8Array;
}
