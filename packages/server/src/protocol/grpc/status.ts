// The header blocks that end a call, and the heads with metadata that begin its response.
import { appendFields, type Metadata, type RpcError, statusFields } from "@trunkline/core";
import type { HeaderBlock } from "@trunkline/http2";

/** The trailers of a call that succeeded and has nothing to add; always this object. */
const okTrailers: HeaderBlock = { fields: ["grpc-status", "0"] };

/** The trailers of a call that succeeded. */
export function toOkTrailers(metadata: Metadata | undefined): HeaderBlock {
  return withMetadata(okTrailers, metadata);
}

/** A constant block with metadata behind it; the block itself when there is none. */
export function withMetadata(block: HeaderBlock, metadata: Metadata | undefined): HeaderBlock {
  if (metadata === undefined || metadata.size === 0) return block;
  const fields: string[] = [];
  appendFields(metadata, fields);
  return { prefix: block, fields };
}

/**
 * The trailers of a call that failed.
 * @param metadata trailers of the call itself; those of the error follow them.
 * @param head the response head when none has been sent: then the whole response is one block, which
 * gRPC calls Trailers-Only.
 */
export function toErrorTrailers(
  error: RpcError,
  metadata: Metadata | undefined,
  head: HeaderBlock | undefined,
): HeaderBlock {
  const trailers = joinMetadata(metadata, error);
  return { prefix: head, fields: statusFields(error.code, error.message, error.details, trailers) };
}

function joinMetadata(metadata: Metadata | undefined, error: RpcError): Metadata | undefined {
  if (!error.hasMetadata) return metadata;
  return metadata === undefined ? error.metadata : metadata.clone().merge(error.metadata);
}
