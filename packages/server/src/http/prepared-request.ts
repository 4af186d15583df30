// What is worked out once per request head, and remembered for all requests with the same head.
import type { RpcError } from "@trunkline/core";
import type { HeaderList, StreamSink } from "@trunkline/http2";
import type { HttpConnection } from "./http-connection.js";

/**
 * A request head that has been looked at: what to do with a stream that begins with it. Many streams
 * may share one, for the engine hands out one list for identical header blocks.
 */
export interface PreparedRequest {
  /** The router's version when this was worked out; of no use when that has changed. */
  readonly version: number;
  /** Takes over a new stream, and returns who hears of it. */
  open(connection: HttpConnection, id: number, headers: HeaderList, endStream: boolean): StreamSink;
}

/** The fields of a request head that decide where it goes; the rest is the protocol's business. */
export interface RequestTarget {
  readonly method: string;
  /** Empty when there is none. */
  readonly path: string;
  /** Empty when there is none. */
  readonly contentType: string;
}

/** One protocol that requests may come in. */
export interface ProtocolAdapter {
  /** Whether requests of this content type are this protocol's to answer. */
  accepts(contentType: string): boolean;
  prepare(target: RequestTarget, headers: HeaderList, version: number): PreparedRequest;
  /** Answers one request with `error`. @param contentType empty when it is not known. */
  refuse(contentType: string, error: RpcError): PreparedRequest;
}
