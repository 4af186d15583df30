// Which content types are gRPC's, which of their message formats are served, and what the answer says.
import { contentTypeGrpc, contentTypeGrpcProto, parseContentType } from "@trunkline/core";
import type { HeaderBlock } from "@trunkline/http2";

/** Whether a request of this content type is gRPC at all; others are answered with HTTP 415. */
export function isGrpcContentType(contentType: string): boolean {
  return parseContentType(contentType) !== undefined;
}

/** Whether the message format behind `+` is one that is served. */
export function isServedFormat(contentType: string): boolean {
  return parseContentType(contentType) === "proto";
}

const plainHead: HeaderBlock = { fields: [":status", "200", "content-type", contentTypeGrpc] };
const protoHead: HeaderBlock = { fields: [":status", "200", "content-type", contentTypeGrpcProto] };

/** The head of the response: the content type as the client spelled it, without its parameters. */
export function responseHeadFor(contentType: string): HeaderBlock {
  return contentType.toLowerCase().startsWith(contentTypeGrpcProto) ? protoHead : plainHead;
}
