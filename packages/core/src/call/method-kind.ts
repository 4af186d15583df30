// The four kinds of call, and what each means for the two directions.
import type { DescMethod } from "@bufbuild/protobuf";

/** `"unary"`, `"server_streaming"`, `"client_streaming"` or `"bidi_streaming"`. */
export type MethodKind = DescMethod["methodKind"];

/** Whether a call of this kind sends any number of requests rather than exactly one. */
export function streamsRequests(kind: MethodKind): boolean {
  return kind === "client_streaming" || kind === "bidi_streaming";
}

/** Whether a call of this kind gets any number of responses rather than exactly one. */
export function streamsResponses(kind: MethodKind): boolean {
  return kind === "server_streaming" || kind === "bidi_streaming";
}

/** The `:path` of a method: `/package.Service/Method` (PROTOCOL-HTTP2.md "Path"). */
export function methodPath(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}
