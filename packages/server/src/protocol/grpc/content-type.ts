// Which content types are gRPC's, which of their message formats are served, and what the answer says.
import {
  contentTypeGrpc,
  contentTypeGrpcProto,
  contentTypeOf,
  parseContentType,
} from "@trunkline/core";
import type { HeaderBlock } from "@trunkline/http2";

/** Whether a request of this content type is gRPC at all; others are answered with HTTP 415. */
export function isGrpcContentType(contentType: string): boolean {
  return parseContentType(contentType) !== undefined;
}

/** The message format that a content type of gRPC names. */
export function formatOf(contentType: string): string {
  return parseContentType(contentType) ?? "proto";
}

const plainHead: HeaderBlock = { fields: [":status", "200", "content-type", contentTypeGrpc] };
const protoHead: HeaderBlock = { fields: [":status", "200", "content-type", contentTypeGrpcProto] };

/** The heads of responses in other formats; of formats that only clients have heard of, none is kept. */
const heads = new Map<string, HeaderBlock>();

/** The head of the response: the content type as the client spelled it, without its parameters. */
export function responseHeadFor(contentType: string, isServed: boolean): HeaderBlock {
  const format = formatOf(contentType);
  if (format !== "proto") {
    const head = heads.get(format) ?? {
      fields: [":status", "200", "content-type", contentTypeOf(format)],
    };
    if (isServed) heads.set(format, head);
    return head;
  }
  return contentType.toLowerCase().startsWith(contentTypeGrpcProto) ? protoHead : plainHead;
}
