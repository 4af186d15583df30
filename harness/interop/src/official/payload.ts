// The payloads of the official cases: zeros, of the sizes that the descriptions name.

/** The sizes of a large unary call (gRPC interop test descriptions, "large_unary"). */
export const LARGE_REQUEST_BYTES = 271_828;
export const LARGE_RESPONSE_BYTES = 314_159;

/** A `grpc.testing.Payload` of that many zeros. */
export function payloadOf(size: number): { body: Uint8Array } {
  return { body: new Uint8Array(size) };
}
