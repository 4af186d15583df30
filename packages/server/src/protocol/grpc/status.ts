// The header blocks that begin and end a response.
import { appendFields, Code, type Metadata, RpcError, statusFields } from "@trunkline/core";
import type { Connection, HeaderBlock } from "@trunkline/http2";
import { ErrorCode } from "@trunkline/http2";

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
  try {
    const fields = statusFields(
      error.code,
      error.message,
      error.details,
      joinMetadata(metadata, error),
    );
    return { prefix: head, fields };
  } catch {
    // Details or metadata of a foreign make cannot be sent; the code and the message can.
    return { prefix: head, fields: statusFields(error.code, error.message) };
  }
}

function joinMetadata(metadata: Metadata | undefined, error: RpcError): Metadata | undefined {
  if (!error.hasMetadata) return metadata;
  return metadata === undefined ? error.metadata : metadata.clone().merge(error.metadata);
}

/**
 * Ends the response with `trailers`. When they are larger than the client takes
 * (SETTINGS_MAX_HEADER_LIST_SIZE), the client is told so beside the error's own message, or if need be
 * in its place, and when even that is too much, the stream is reset.
 */
export function sendTrailers(
  engine: Connection,
  id: number,
  trailers: HeaderBlock,
  error: RpcError | undefined,
  head: HeaderBlock | undefined,
): void {
  try {
    engine.sendHeaders(id, trailers, true);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const text = `trailers cannot be sent: ${why}`;
    const code = error?.code ?? Code.RESOURCE_EXHAUSTED;
    const messages =
      error === undefined ? [text] : [`${error.message} (${text})`, `message and ${text}`];
    if (!messages.some((message) => trySend(engine, id, code, message, head))) {
      engine.resetStream(id, ErrorCode.INTERNAL_ERROR);
    }
  }
}

function trySend(
  engine: Connection,
  id: number,
  code: Code,
  message: string,
  head: HeaderBlock | undefined,
): boolean {
  try {
    engine.sendHeaders(id, toErrorTrailers(new RpcError(code, message), undefined, head), true);
    return true;
  } catch {
    return false;
  }
}
