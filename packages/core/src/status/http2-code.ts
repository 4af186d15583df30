// HTTP/2 error codes to gRPC status codes and back, for streams that end by RST_STREAM.
import { Code } from "./code.js";

// RFC 9113 s7, by number; PROTOCOL-HTTP2.md "Errors" for the right-hand side.
const fromHttp2: readonly Code[] = [
  Code.INTERNAL, // 0x0 NO_ERROR
  Code.INTERNAL, // 0x1 PROTOCOL_ERROR
  Code.INTERNAL, // 0x2 INTERNAL_ERROR
  Code.INTERNAL, // 0x3 FLOW_CONTROL_ERROR
  Code.INTERNAL, // 0x4 SETTINGS_TIMEOUT
  Code.INTERNAL, // 0x5 STREAM_CLOSED
  Code.INTERNAL, // 0x6 FRAME_SIZE_ERROR
  Code.UNAVAILABLE, // 0x7 REFUSED_STREAM
  Code.CANCELLED, // 0x8 CANCEL
  Code.INTERNAL, // 0x9 COMPRESSION_ERROR
  Code.INTERNAL, // 0xa CONNECT_ERROR
  Code.RESOURCE_EXHAUSTED, // 0xb ENHANCE_YOUR_CALM
  Code.PERMISSION_DENIED, // 0xc INADEQUATE_SECURITY
  Code.INTERNAL, // 0xd HTTP_1_1_REQUIRED
];

const http2NoError = 0x0;
const http2InternalError = 0x2;
const http2Cancel = 0x8;
const http2EnhanceYourCalm = 0xb;
const http2InadequateSecurity = 0xc;

/**
 * The status code of a call whose stream the peer reset with HTTP/2 error `http2Code` (RFC 9113 s7).
 * Codes that RFC 9113 does not name are UNKNOWN.
 */
export function codeFromHttp2(http2Code: number): Code {
  return fromHttp2[http2Code] ?? Code.UNKNOWN;
}

/**
 * The HTTP/2 error to reset a stream with when its call ends with `code`. CANCELLED and
 * DEADLINE_EXCEEDED are both CANCEL: the caller has lost interest, nothing is wrong.
 */
export function http2FromCode(code: Code): number {
  switch (code) {
    case Code.OK:
      return http2NoError;
    case Code.CANCELLED:
    case Code.DEADLINE_EXCEEDED:
      return http2Cancel;
    case Code.RESOURCE_EXHAUSTED:
      return http2EnhanceYourCalm;
    case Code.PERMISSION_DENIED:
      return http2InadequateSecurity;
    default:
      return http2InternalError;
  }
}
