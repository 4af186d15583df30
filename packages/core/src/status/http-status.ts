// What an HTTP status means for a gRPC call that ended without grpc-status.
import { Code } from "./code.js";

const codes: ReadonlyMap<number, Code> = new Map<number, Code>([
  [400, Code.INTERNAL],
  [401, Code.UNAUTHENTICATED],
  [403, Code.PERMISSION_DENIED],
  [404, Code.UNIMPLEMENTED],
  [429, Code.UNAVAILABLE],
  [502, Code.UNAVAILABLE],
  [503, Code.UNAVAILABLE],
  [504, Code.UNAVAILABLE],
]);

/**
 * The status code for an HTTP response that carries no `grpc-status` (gRPC's
 * http-grpc-status-mapping document). Everything that the table does not name, 200 included, is
 * UNKNOWN.
 */
export function codeFromHttpStatus(httpStatus: number): Code {
  return codes.get(httpStatus) ?? Code.UNKNOWN;
}
