// Whether what arrived of a file is what was announced, and not too much.
import { Code, RpcError } from "@trunkline/core";
import type { FileMetadata } from "../gen/trunkline/examples/files/v1/file_service_pb.js";
import { invalidField } from "./failures.js";

/** RESOURCE_EXHAUSTED: the file is larger than the server allows. */
export function fileTooLarge(bytes: number | bigint, maxFileBytes: number, how: string): RpcError {
  return new RpcError(
    Code.RESOURCE_EXHAUSTED,
    `the file ${how} ${bytes} bytes; this server takes at most ${maxFileBytes}`,
  );
}

/**
 * Compares what arrived with what the metadata promised.
 * @throws {RpcError} INVALID_ARGUMENT when size or checksum differ.
 */
export function checkArrived(metadata: FileMetadata, size: number, sha256: string): void {
  if (metadata.size !== undefined && metadata.size !== BigInt(size)) {
    throw sizeMismatch(metadata.size, `${size} bytes arrived`);
  }
  if (metadata.sha256 !== "" && metadata.sha256.toLowerCase() !== sha256) {
    throw invalidField("metadata.sha256", `the bytes that arrived have the checksum ${sha256}`);
  }
}

/** INVALID_ARGUMENT: more or fewer bytes than announced. */
export function sizeMismatch(announced: bigint, arrived: string): RpcError {
  return invalidField("metadata.size", `${announced} bytes were announced, ${arrived}`);
}
