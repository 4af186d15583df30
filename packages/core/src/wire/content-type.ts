// Which content types are gRPC, and which message format they name.

/** The content type of gRPC without a named message format: protobuf. */
export const contentTypeGrpc = "application/grpc";

/** The content type of gRPC with protobuf messages, spelled out. */
export const contentTypeGrpcProto = "application/grpc+proto";

const plus = 0x2b;
const semicolon = 0x3b;

/**
 * The message format that a gRPC content type names: `"proto"`, `"json"` ..., in lower case.
 * `application/grpc` alone, with parameters or not, means `"proto"`.
 * @returns undefined when the type is not gRPC; `application/grpc-web` and `application/grpcfoo` are
 * not (PROTOCOL-HTTP2.md "Content-Type"): a server answers those with HTTP 415.
 */
export function parseContentType(value: string): string | undefined {
  if (value === contentTypeGrpc || value === contentTypeGrpcProto) {
    return "proto";
  }
  const lower = value.toLowerCase();
  if (!lower.startsWith(contentTypeGrpc)) {
    return undefined;
  }
  if (lower.length === contentTypeGrpc.length) {
    return "proto";
  }
  const separator = lower.charCodeAt(contentTypeGrpc.length);
  if (separator === semicolon) {
    return "proto";
  }
  return separator === plus ? subtypeOf(lower) : undefined;
}

function subtypeOf(lower: string): string {
  const parameters = lower.indexOf(";");
  const end = parameters === -1 ? lower.length : parameters;
  return lower.slice(contentTypeGrpc.length + 1, end).trim() || "proto";
}
