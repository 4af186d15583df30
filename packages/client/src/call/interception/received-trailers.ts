// Remembers with which trailers an error came: an error on its way through interceptors tells only of metadata.
import { type Metadata, metadataFromFields, type RpcError } from "@trunkline/core";

const received = new WeakMap<RpcError, readonly string[]>();

/** `error` came with these trailers. */
export function rememberTrailers(error: RpcError, fields: readonly string[]): void {
  received.set(error, fields);
}

/** The trailers that the error came with, or was given; undefined when there are none. */
export function receivedTrailersOf(error: RpcError): Metadata | undefined {
  if (error.hasMetadata) {
    return error.metadata;
  }
  const fields = received.get(error);
  return fields === undefined ? undefined : metadataFromFields(fields);
}
