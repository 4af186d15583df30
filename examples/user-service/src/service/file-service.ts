// FileService: uploads and downloads.
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, RpcError } from "@trunkline/core";
import type { ServiceImplementation } from "@trunkline/server";
import { invalidField } from "../domain/failures.js";
import type {
  DownloadFileRequest,
  DownloadFileResponseSchema,
  FileService,
} from "../gen/trunkline/examples/files/v1/file_service_pb.js";
import { type FileRecord, type FileStore, pieceBytes } from "../storage/file-store.js";
import { receiveFile } from "./receive-file.js";

/** The methods of FileService. */
export function createFileService(
  files: FileStore,
  maxFileBytes: number,
): ServiceImplementation<typeof FileService> {
  return {
    uploadFile: (requests, call) => receiveFile({ files, maxFileBytes }, requests, call),
    downloadFile: (request) => downloadFile(files, request),
  };
}

async function* downloadFile(
  files: FileStore,
  request: DownloadFileRequest,
): AsyncGenerator<MessageInitShape<typeof DownloadFileResponseSchema>> {
  const file = await files.get(request.id);
  if (request.offset > file.size) {
    throw invalidField("offset", `${request.offset} is behind the end at ${file.size}`);
  }
  yield { part: { case: "file", value: describeFile(file) } };
  const begin = Number(request.offset);
  const end =
    request.length === 0n ? file.size : Math.min(file.size, begin + Number(request.length));
  for (let at = begin; at < end; ) {
    const chunk = await readChunk(files, file.id, at, end);
    yield { part: { case: "chunk", value: chunk } };
    at += chunk.length;
  }
}

/** The bytes from `at` on that lie in one piece, but none from `end` on. */
async function readChunk(
  files: FileStore,
  id: string,
  at: number,
  end: number,
): Promise<Uint8Array> {
  const position = Math.floor(at / pieceBytes);
  const piece = await files.readPiece(id, position);
  const start = position * pieceBytes;
  const chunk = piece?.subarray(at - start, end - start);
  if (chunk === undefined || chunk.length === 0) {
    throw new RpcError(Code.DATA_LOSS, `the bytes of file "${id}" from ${at} on are missing`);
  }
  return chunk;
}

function describeFile(file: FileRecord): {
  id: string;
  name: string;
  contentType: string;
  size: bigint;
  sha256: string;
  createdAt: ReturnType<typeof timestampFromDate>;
} {
  const { createdAt, size, ...rest } = file;
  return { ...rest, size: BigInt(size), createdAt: timestampFromDate(createdAt) };
}
