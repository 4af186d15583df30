// Header blocks written by hand (RFC 7541), so that they can be as wrong as an attack needs them.
import { join } from "./octets.js";

/** An integer with a prefix of `bits`, whose first octet has `pattern` above it (RFC 7541 s5.1). */
function integer(value: number, bits: number, pattern: number): Uint8Array {
  const most = 2 ** bits - 1;
  if (value < most) return Uint8Array.of(pattern | value);
  const octets = [pattern | most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) | 128);
  return Uint8Array.from([...octets, rest]);
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value, "latin1");
  return join(integer(bytes.length, 7, 0), bytes);
}

/** A literal field that enters no table (RFC 7541 s6.2.2). */
export function literal(name: string, value: string): Uint8Array {
  return join(Uint8Array.of(0), text(name), text(value));
}

/** A cookie crumb, its name from the static table. */
export function crumb(value: string): Uint8Array {
  const cookie = 32;
  return join(integer(cookie, 4, 0), text(value));
}

/** A literal field that the peer must enter in its table (RFC 7541 s6.2.1). */
export function remembered(name: string, value: string): Uint8Array {
  return join(Uint8Array.of(0x40), text(name), text(value));
}

/** A field of the table: 62 is the newest entry of the dynamic one (RFC 7541 s6.1). */
export function indexed(index: number): Uint8Array {
  return integer(index, 7, 0x80);
}

/** A dynamic table size update (RFC 7541 s6.3). */
export function tableSize(bytes: number): Uint8Array {
  return integer(bytes, 5, 0x20);
}

/** Index of `:method: POST` and `:scheme: http` in the static table (RFC 7541 appendix A). */
const methodPost = 3;
const schemeHttp = 6;

/** The head of a gRPC call; what follows it comes after the regular fields. */
export function requestBlock(path: string, ...more: readonly Uint8Array[]): Uint8Array {
  return join(
    indexed(methodPost),
    indexed(schemeHttp),
    literal(":path", path),
    literal(":authority", "target"),
    literal("content-type", "application/grpc"),
    literal("te", "trailers"),
    ...more,
  );
}

/** Index of `:status: 200`. */
const status200 = 8;

/** The head of a gRPC response. */
export function responseBlock(...more: readonly Uint8Array[]): Uint8Array {
  return join(indexed(status200), literal("content-type", "application/grpc"), ...more);
}
