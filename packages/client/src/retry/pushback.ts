// What a server says about when to try again: grpc-retry-pushback-ms, and RetryInfo among the error's details.
import { RetryInfoSchema, type RpcError } from "@trunkline/core";

const name = "grpc-retry-pushback-ms";
const maxInt32 = 2 ** 31 - 1;

/**
 * The pushback among trailers (gRFC A6 "Pushback").
 * @returns milliseconds until the next attempt; Infinity: none shall be made, which is also what values mean
 * that are negative, unreadable or more than one; undefined when the server has said nothing.
 */
export function pushbackOf(trailers: readonly string[] | undefined): number | undefined {
  let found: number | undefined;
  for (let at = 0; at < (trailers?.length ?? 0); at += 2) {
    if (trailers![at] === name) {
      found = found === undefined ? parsePushback(trailers![at + 1]!) : Infinity;
    }
  }
  return found;
}

function parsePushback(text: string): number {
  const ms = /^(0|[1-9]\d{0,9})$/.test(text) ? Number(text) : Infinity;
  return ms <= maxInt32 ? ms : Infinity;
}

/** The shortest wait that google.rpc.RetryInfo asks for, milliseconds; 0 when the error carries none. */
export function retryInfoDelayMs(error: RpcError): number {
  if (error.details.length === 0) {
    return 0;
  }
  const delays = error
    .findDetails(RetryInfoSchema)
    .map(({ retryDelay }) =>
      retryDelay === undefined ? 0 : Number(retryDelay.seconds) * 1000 + retryDelay.nanos / 1e6,
    );
  return Math.max(0, ...delays);
}
