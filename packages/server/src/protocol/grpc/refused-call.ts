// The headers of a call that is answered with an error before any of its body is read.
import type { RpcError } from "@trunkline/core";
import type { HeaderBlock, HeaderList, StreamSink } from "@trunkline/http2";
import { silentSink, stopReading } from "../../http/ended-stream.js";
import type { HttpConnection } from "../../http/http-connection.js";
import type { PreparedRequest } from "../../http/prepared-request.js";
import type { Refusals } from "../../telemetry/refusals.js";
import { sendTrailers, toErrorTrailers } from "./status.js";

/** The headers of a call that is answered with an error at once. */
export class RefusedCall implements PreparedRequest {
  readonly version: number;
  readonly #answer: HeaderBlock;
  readonly #error: RpcError;
  readonly #responseHead: HeaderBlock;
  readonly #refusals: Refusals;

  constructor(version: number, responseHead: HeaderBlock, error: RpcError, refusals: Refusals) {
    this.version = version;
    this.#refusals = refusals;
    this.#error = error;
    this.#responseHead = responseHead;
    this.#answer = toErrorTrailers(error, undefined, responseHead);
  }

  open(
    connection: HttpConnection,
    id: number,
    headers: HeaderList,
    endStream: boolean,
  ): StreamSink {
    const { engine } = connection;
    connection.failedCalls++;
    sendTrailers(engine, id, this.#answer, this.#error, this.#responseHead);
    if (!endStream) stopReading(engine, id);
    this.#refusals.call(connection.peer, headers.fields, this.#error);
    return silentSink;
  }
}
