// Which content types are gRPC's, which of their message formats are served, and what the answer says.
import {
  contentTypeGrpc,
  contentTypeGrpcProto,
  contentTypeOf,
  parseContentType,
} from "@trunkline/core";

/** Whether a request of this content type is gRPC at all; others are answered with HTTP 415. */
export function isGrpcContentType(contentType: string): boolean {
  return parseContentType(contentType) !== undefined;
}

/** The message format that a content type of gRPC names. */
export function formatOf(contentType: string): string {
  return parseContentType(contentType) ?? "proto";
}

/** The content type of the response: as the client spelled it, without its parameters. */
export function responseTypeFor(contentType: string): string {
  const format = formatOf(contentType);
  if (format !== "proto") return contentTypeOf(format);
  return contentType.toLowerCase().startsWith(contentTypeGrpcProto)
    ? contentTypeGrpcProto
    : contentTypeGrpc;
}
