// Files in the database, in pieces of equal size, so that every server can send every file.
import { randomUUID } from "node:crypto";
import { type Kysely, sql } from "kysely";
import { notFound } from "../domain/failures.js";
import type { FileMetadata } from "../gen/trunkline/examples/files/v1/file_service_pb.js";
import { FileUpload } from "./file-upload.js";
import type { Tables } from "./tables.js";

/** The size of all pieces of a file but the last, in bytes. */
export const pieceBytes: number = 256 * 1024;

/** A file that is complete. */
export interface FileRecord {
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  readonly size: number;
  readonly sha256: string;
  readonly createdAt: Date;
}

/** Keeps files. */
export class FileStore {
  readonly #sql: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#sql = db;
  }

  /** Begins an upload; nobody sees the file before `complete`. */
  async begin(metadata: FileMetadata): Promise<FileUpload> {
    const id = randomUUID();
    await this.#sql
      .insertInto("files")
      .values({
        id,
        name: metadata.name,
        content_type: metadata.contentType || "application/octet-stream",
        touched_at: sql<Date>`now()`,
      })
      .execute();
    return new FileUpload(this.#sql, id, pieceBytes);
  }

  /** @throws {RpcError} NOT_FOUND, also while the upload is not complete. */
  async get(id: string): Promise<FileRecord> {
    const row = await this.#sql
      .selectFrom("files")
      .selectAll()
      .where("id", "=", id)
      .where("completed_at", "is not", null)
      .executeTakeFirst();
    if (row === undefined) throw notFound("trunkline.examples.files.v1.StoredFile", id);
    return {
      id,
      name: row.name,
      contentType: row.content_type,
      size: Number(row.size),
      sha256: row.sha256 ?? "",
      createdAt: row.completed_at!,
    };
  }

  /** The bytes of one piece, counted from 0; undefined behind the last one. */
  async readPiece(id: string, position: number): Promise<Uint8Array | undefined> {
    const query = this.#sql
      .selectFrom("file_chunks")
      .select("bytes")
      .where("file_id", "=", id)
      .where("position", "=", position);
    return (await query.executeTakeFirst())?.bytes;
  }

  /** Removes uploads that gave no sign of life since `before`: their servers are gone. */
  async removeAbandoned(before: Date): Promise<void> {
    await this.#sql
      .deleteFrom("files")
      .where("completed_at", "is", null)
      .where("touched_at", "<", before)
      .execute();
  }
}
