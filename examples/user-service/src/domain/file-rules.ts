// What makes an upload well formed: its metadata, its chunks, and that the two fit each other.
import { Code, RpcError } from "@trunkline/core";
import type { FileMetadata } from "../gen/trunkline/examples/files/v1/file_service_pb.js";
import { invalidField, type Violation } from "./failures.js";
import { checkText } from "./text-rules.js";

/** The largest chunk of an upload, in bytes. */
export const maxChunkBytes: number = 1024 * 1024;

/** Everything that is wrong with the metadata of an upload. */
export function checkFileMetadata(metadata: FileMetadata): Violation[] {
  const violations: Violation[] = [];
  const note = (field: string, description: string | undefined): void => {
    if (description !== undefined) violations.push({ field: `metadata.${field}`, description });
  };
  note("name", checkFileName(metadata.name));
  note("content_type", checkMediaType(metadata.contentType));
  if (metadata.size !== undefined && metadata.size < 0n) {
    note("size", `${metadata.size} is negative`);
  }
  if (metadata.sha256 !== "" && !/^[0-9a-fA-F]{64}$/.test(metadata.sha256)) {
    note("sha256", "is not 64 hexadecimal digits");
  }
  return violations;
}

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

const maxMediaTypeLength = 255;
// RFC 6838 s4.2 for the names, RFC 9110 s5.6.6 for the parameters.
const typeName = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}/;
// One at a time and sticky, with nothing in it that could match the same text in two ways.
const parameter =
  /[ \t]*;[ \t]*(?:[\w!#$%&'*+.^`|~-]+=(?:[\w!#$%&'*+.^`|~-]+|"(?:[^"\\\p{Cc}]|\\[^\p{Cc}])*"))?/uy;

function isMediaType(value: string): boolean {
  let at = typeName.exec(value)?.[0].length ?? 0;
  while (at > 0 && at < value.length) {
    parameter.lastIndex = at;
    if (!parameter.test(value)) return false;
    at = parameter.lastIndex;
  }
  return at > 0;
}

function checkMediaType(value: string): string | undefined {
  if (value.length > maxMediaTypeLength) {
    return `has ${value.length} characters; at most ${maxMediaTypeLength} are allowed`;
  }
  if (value === "" || isMediaType(value)) return undefined;
  return "is not a media type such as image/png or text/html; charset=utf-8";
}

function checkFileName(name: string): string | undefined {
  if (name === "." || name === "..") return "names a folder";
  if (/[/\\]/.test(name)) return "has a / or a \\";
  return checkText(name, { min: 1, max: 255 });
}
