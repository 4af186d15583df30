// Typed error details: packing them, and the registry of the ten standard ones.
import {
  create,
  createRegistry,
  type DescMessage,
  type MessageInitShape,
  type Registry,
} from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import { file_google_rpc_error_details } from "../gen/google/rpc/error_details_pb.js";

/**
 * The ten detail messages of google.rpc: ErrorInfo, RetryInfo, DebugInfo, QuotaFailure,
 * PreconditionFailure, BadRequest, RequestInfo, ResourceInfo, Help and LocalizedMessage. What
 * `RpcError.decodeDetails` uses unless told otherwise.
 */
export const standardDetails: Registry = /*@__PURE__*/ createRegistry(
  file_google_rpc_error_details,
);

/**
 * Packs one detail for an RpcError.
 * @param init a message of the type, or what one is made of.
 * @example
 * throw new RpcError(Code.NOT_FOUND, "user 7 not found", {
 *   details: [packDetail(ResourceInfoSchema, { resourceType: "user", resourceName: "7" })],
 * });
 */
export function packDetail<D extends DescMessage>(schema: D, init: MessageInitShape<D>): Any {
  return anyPack(schema, create(schema, init));
}
