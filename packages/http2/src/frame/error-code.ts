// The error codes of RST_STREAM and GOAWAY (RFC 9113 s7) and their names.

/** HTTP/2 error codes (RFC 9113 s7). */
export const ErrorCode = {
  NO_ERROR: 0x0,
  PROTOCOL_ERROR: 0x1,
  INTERNAL_ERROR: 0x2,
  FLOW_CONTROL_ERROR: 0x3,
  SETTINGS_TIMEOUT: 0x4,
  STREAM_CLOSED: 0x5,
  FRAME_SIZE_ERROR: 0x6,
  REFUSED_STREAM: 0x7,
  CANCEL: 0x8,
  COMPRESSION_ERROR: 0x9,
  CONNECT_ERROR: 0xa,
  ENHANCE_YOUR_CALM: 0xb,
  INADEQUATE_SECURITY: 0xc,
  HTTP_1_1_REQUIRED: 0xd,
} as const;

/** One of the HTTP/2 error codes. On the wire any 32-bit value may appear, so received codes are plain numbers. */
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

const names: readonly string[] = Object.keys(ErrorCode);

/** The name of an error code, such as "PROTOCOL_ERROR"; unknown codes are shown as "0x1f". */
export function errorCodeName(code: number): string {
  return names[code] ?? `0x${code.toString(16)}`;
}
