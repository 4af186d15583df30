// The demo of FileService: UploadFile and DownloadFile.
import { createHash, randomBytes } from "node:crypto";
import type { Client } from "@trunkline/client";
import type { FileService } from "../gen/trunkline/examples/files/v1/file_service_pb.js";
import { chapter, tell, tellFailure } from "./narrator.js";

const chunkBytes = 64 * 1024;

/** Shows a file on its way up and down. */
export async function tellFiles(files: Client<typeof FileService>): Promise<void> {
  chapter("UploadFile (client streaming), DownloadFile (server streaming)");
  const bytes = randomBytes(1_000_000);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const metadata = { name: "random.bin", size: BigInt(bytes.length), sha256 };
  const { id, size } = await files.uploadFile(toParts(metadata, bytes));
  tell(`uploaded ${size} bytes, sha256 ${sha256.slice(0, 16)}...`);

  const received = createHash("sha256");
  let chunks = 0;
  for await (const { part } of files.downloadFile({ id })) {
    if (part.case !== "chunk") continue;
    received.update(part.value);
    chunks += 1;
  }
  tell(`downloaded ${chunks} chunks, sha256 ${received.digest("hex").slice(0, 16)}...`);

  const announced = { ...metadata, size: 5n };
  await tellFailure("more bytes than announced", files.uploadFile(toParts(announced, bytes)));
  const early = [{ part: { case: "chunk" as const, value: bytes.subarray(0, 10) } }];
  await tellFailure("a chunk before the metadata", files.uploadFile(early));
}

interface Metadata {
  readonly name: string;
  readonly size: bigint;
  readonly sha256: string;
}

type Part =
  | { readonly part: { readonly case: "metadata"; readonly value: Metadata } }
  | { readonly part: { readonly case: "chunk"; readonly value: Uint8Array } };

function* toParts(metadata: Metadata, bytes: Uint8Array): Generator<Part> {
  yield { part: { case: "metadata", value: metadata } };
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    yield { part: { case: "chunk", value: bytes.subarray(at, at + chunkBytes) } };
  }
}
