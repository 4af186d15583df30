// The PING that separates the two GOAWAYs of a graceful end.

/** Its payload: once it comes back, every stream opened before the peer saw the first GOAWAY is known. */
export const fencePayload: Uint8Array = Uint8Array.of(1, 6, 1, 8, 0, 3, 3, 9);
