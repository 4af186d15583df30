// End to end: uploading and downloading files.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  failureOf,
  fieldsOf,
  readAll,
  resourceOf,
  type TestServer,
  testMaxFileBytes,
} from "../test-service.js";

/** For what happens in its own time on a busy machine. */
const patience = { timeout: 10_000 };

type Part =
  | {
      part: {
        case: "metadata";
        value: { name: string; size?: bigint; sha256?: string; contentType?: string };
      };
    }
  | { part: { case: "chunk"; value: Uint8Array } };

function metadata(fields?: object): Part {
  return { part: { case: "metadata", value: { name: "a.bin", ...fields } } };
}

function chunk(bytes: Uint8Array | string): Part {
  return { part: { case: "chunk", value: Buffer.from(bytes as string) } };
}

function someBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The tests, on the server that `server` returns. */
export function describeFiles(server: () => TestServer): void {
  async function countRows(): Promise<[files: number, chunks: number]> {
    const { sql } = server().database;
    const files = await sql.selectFrom("files").select("id").execute();
    const chunks = await sql.selectFrom("file_chunks").select("position").execute();
    return [files.length, chunks.length];
  }

  async function download(request: {
    id: string;
    offset?: bigint;
    length?: bigint;
  }): Promise<Buffer> {
    const parts = await readAll(server().files.downloadFile(request));
    expect(parts[0]!.part.case).toBe("file");
    return Buffer.concat(parts.slice(1).map((it) => it.part.value as Uint8Array));
  }

  describe("UploadFile and DownloadFile", () => {
    it.each([0, 1, 262_143, 262_144, 262_145, 1_000_000])("bring %i bytes back", async (length) => {
      const bytes = someBytes(length);
      const parts = [metadata({ size: BigInt(length), sha256: sha256(bytes).toUpperCase() })];
      for (let at = 0; at < length; at += 100_000)
        parts.push(chunk(bytes.subarray(at, at + 100_000)));
      const { id, ...rest } = await server().files.uploadFile(parts);
      expect(rest).toMatchObject({ size: BigInt(length), sha256: sha256(bytes) });
      expect(sha256(await download({ id }))).toBe(sha256(bytes));
    });

    it("tell what is known about a file", async () => {
      const file = metadata({ name: "Zoë 1.png", contentType: "image/png" });
      const { id } = await server().files.uploadFile([file, chunk("abc"), chunk(""), chunk("d")]);
      const [first] = await readAll(server().files.downloadFile({ id }));
      expect(first!.part.value).toMatchObject({
        id,
        name: "Zoë 1.png",
        contentType: "image/png",
        size: 4n,
        sha256: sha256(Buffer.from("abcd")),
      });
    });

    it("send parts", async () => {
      const bytes = someBytes(600_000);
      const { id } = await server().files.uploadFile([metadata(), chunk(bytes)]);
      const ranges: [bigint, bigint][] = [
        [0n, 0n],
        [0n, 10n],
        [262_143n, 2n],
        [262_144n, 1n],
        [599_999n, 100n],
        [600_000n, 0n],
        [5n, 599_000n],
      ];
      for (const [offset, length] of ranges) {
        const end = length === 0n ? bytes.length : Number(offset + length);
        const expected = Buffer.from(bytes.subarray(Number(offset), end));
        expect((await download({ id, offset, length })).equals(expected)).toBe(true);
      }
    });
  });

  describe("UploadFile refuses, and leaves nothing behind:", () => {
    const big = someBytes(1024 * 1024);
    it.each<[string, Part[], string]>([
      ["no metadata", [], "metadata"],
      ["a chunk first", [chunk("x"), metadata()], "chunk"],
      ["metadata twice", [metadata(), chunk("x"), metadata()], "metadata"],
      ["an empty part", [metadata(), {} as Part], "part"],
      ["too few bytes", [metadata({ size: 3n }), chunk("ab")], "metadata.size"],
      ["too many bytes", [metadata({ size: 3n }), chunk("abcd")], "metadata.size"],
      ["another checksum", [metadata({ sha256: "0".repeat(64) }), chunk("ab")], "metadata.sha256"],
      ["a chunk that is too large", [metadata(), chunk(Buffer.alloc(1024 * 1024 + 1))], "chunk"],
      ["no name", [metadata({ name: "" })], "metadata.name"],
      ["a path for a name", [metadata({ name: "../etc/passwd" })], "metadata.name"],
      ["a negative size", [metadata({ size: -1n })], "metadata.size"],
      ["a malformed checksum", [metadata({ sha256: "abc" })], "metadata.sha256"],
      ["a malformed type", [metadata({ contentType: "image" })], "metadata.content_type"],
      [
        "too few bytes, late",
        [metadata({ size: 2_097_153n }), chunk(big), chunk(big)],
        "metadata.size",
      ],
    ])("%s", async (_, parts, field) => {
      const before = await countRows();
      const error = await failureOf(server().files.uploadFile(parts));
      expect(fieldsOf(error)).toEqual({ code: "INVALID_ARGUMENT", fields: [field] });
      expect(await countRows()).toEqual(before);
    });

    it("a file above the limit, announced or not", async () => {
      const before = await countRows();
      const announced = metadata({ size: BigInt(testMaxFileBytes + 1) });
      const early = await failureOf(server().files.uploadFile([announced]));
      const late = await failureOf(
        server().files.uploadFile([metadata(), chunk(big), chunk(big), chunk(big), chunk("x")]),
      );
      for (const error of [early, late]) {
        expect(error.code).toBe(8);
        expect(error.message).toContain(`at most ${testMaxFileBytes}`);
      }
      expect(await countRows()).toEqual(before);
    });

    it("an upload that is cancelled", async () => {
      const before = await countRows();
      const upload = server().files.uploadFile.open();
      await upload.send(metadata());
      await upload.send(chunk(big));
      await expect.poll(countRows, patience).not.toEqual(before);
      upload.cancel();
      await expect(upload.response).rejects.toMatchObject({ code: 1 });
      await expect.poll(countRows, patience).toEqual(before);
    });
  });

  describe("DownloadFile refuses", () => {
    it("what is not there, also while it is being uploaded", async () => {
      const upload = server().files.uploadFile.open();
      await upload.send(metadata({ name: "unfinished" }));
      const { sql } = server().database;
      const find = (): Promise<{ id: string } | undefined> =>
        sql.selectFrom("files").select("id").where("name", "=", "unfinished").executeTakeFirst();
      await expect.poll(find, patience).toBeDefined();
      for (const id of ["no-such-file", (await find())!.id]) {
        expect(resourceOf(await failureOf(server().files.downloadFile({ id })))).toEqual({
          code: "NOT_FOUND",
          type: "trunkline.examples.files.v1.StoredFile",
          name: id,
        });
      }
      upload.cancel();
      await expect(upload.response).rejects.toMatchObject({ code: 1 });
    });

    it("ranges that lie outside", async () => {
      const { id } = await server().files.uploadFile([metadata(), chunk("abc")]);
      const requests = [
        [{ id: "" }, "id"],
        [{ id, offset: -1n }, "offset"],
        [{ id, offset: 4n }, "offset"],
        [{ id, length: -1n }, "length"],
      ] as const;
      for (const [request, field] of requests) {
        const error = await failureOf(server().files.downloadFile(request));
        expect(fieldsOf(error)).toEqual({ code: "INVALID_ARGUMENT", fields: [field] });
      }
    });
  });
}
