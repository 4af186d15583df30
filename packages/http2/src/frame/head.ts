// The 9-octet head that every frame starts with (RFC 9113 s4.1), its types and its flags.

/** Octets in a frame head. */
export const frameHeadBytes = 9;
/** The smallest and the initial SETTINGS_MAX_FRAME_SIZE (RFC 9113 s6.5.2). */
export const minMaxFrameSize = 16_384;
/** The largest SETTINGS_MAX_FRAME_SIZE. */
export const maxMaxFrameSize = 16_777_215;
/** The largest stream identifier, and the largest window (RFC 9113 s5.1.1, s6.9.1). */
export const maxInt31 = 0x7fffffff;

/** Frame types (RFC 9113 s6). */
export const FrameType = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
} as const;
/** One of the frame types; others may arrive and are ignored. */
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

/** Frame flags; ACK and END_STREAM share a bit on different frame types. */
export const Flag = {
  ACK: 0x1,
  END_STREAM: 0x1,
  END_HEADERS: 0x4,
  PADDED: 0x8,
  PRIORITY: 0x20,
} as const;

/** Writes a frame head and returns the offset behind it. */
export function writeFrameHead(
  target: Uint8Array,
  offset: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): number {
  target[offset] = length >>> 16;
  target[offset + 1] = length >>> 8;
  target[offset + 2] = length;
  target[offset + 3] = type;
  target[offset + 4] = flags;
  return writeUint32(target, offset + 5, streamId);
}

/** Writes 32 bits in network order and returns the offset behind them. */
export function writeUint32(target: Uint8Array, offset: number, value: number): number {
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
  return offset + 4;
}

/** Reads 32 bits in network order as an unsigned number. */
export function readUint32(bytes: Uint8Array, offset: number): number {
  return (
    ((bytes[offset]! << 24) |
      (bytes[offset + 1]! << 16) |
      (bytes[offset + 2]! << 8) |
      bytes[offset + 3]!) >>>
    0
  );
}

/** Reads 31 bits; the reserved top bit is ignored (RFC 9113 s4.1). */
export function readUint31(bytes: Uint8Array, offset: number): number {
  return readUint32(bytes, offset) & maxInt31;
}

/** Reads the 24-bit length of a frame head. */
export function readFrameLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 16) | (bytes[offset + 1]! << 8) | bytes[offset + 2]!;
}
