// One upload on its way into the database: cuts what arrives into pieces and keeps count.
import { createHash } from "node:crypto";
import { type Kysely, sql } from "kysely";
import type { Tables } from "./tables.js";

const touchEveryMs = 60_000;

/** What has arrived of a file. It must be completed or discarded. */
export class FileUpload {
  /** The id of the file to be. */
  readonly id: string;
  readonly #sql: Kysely<Tables>;
  readonly #piece: Uint8Array;
  readonly #hash = createHash("sha256");
  #touchedAtMs = performance.now();
  #filled = 0;
  #pieces = 0;
  #size = 0;

  /** @param pieceBytes how large a piece is. */
  constructor(db: Kysely<Tables>, id: string, pieceBytes: number) {
    this.id = id;
    this.#sql = db;
    this.#piece = new Uint8Array(pieceBytes);
  }

  /** How many bytes have arrived. */
  get size(): number {
    return this.#size;
  }

  /** Takes the next bytes; they are not needed after the promise is fulfilled. */
  async append(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.#size += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.#piece.length - this.#filled);
      this.#piece.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#piece.length) await this.#writePiece();
    }
  }

  /** SHA-256 of all bytes, in lower-case hexadecimal digits. To be asked once, at the end. */
  async finish(): Promise<string> {
    if (this.#filled > 0) await this.#writePiece();
    return this.#hash.digest("hex");
  }

  /** Makes the file visible. */
  async complete(sha256: string): Promise<void> {
    const updated = await this.#sql
      .updateTable("files")
      .set({ size: this.#size, sha256, completed_at: sql<Date>`now()` })
      .where("id", "=", this.id)
      .returning("id")
      .executeTakeFirst();
    if (updated === undefined) throw new Error(`upload ${this.id} was removed as abandoned`);
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    await this.#sql.deleteFrom("files").where("id", "=", this.id).execute();
  }

  async #writePiece(): Promise<void> {
    // A copy: the driver may still read the bytes of a statement that was cancelled.
    const bytes = Buffer.from(this.#piece.subarray(0, this.#filled));
    const row = { file_id: this.id, position: this.#pieces, bytes };
    await this.#sql.insertInto("file_chunks").values(row).execute();
    this.#filled = 0;
    this.#pieces += 1;
    if (performance.now() - this.#touchedAtMs > touchEveryMs) await this.#touch();
  }

  async #touch(): Promise<void> {
    this.#touchedAtMs = performance.now();
    const touched = { touched_at: sql<Date>`now()` };
    await this.#sql.updateTable("files").set(touched).where("id", "=", this.id).execute();
  }
}
