// Answers requests that are no call of any protocol with an HTTP error and a sentence that says why.
import {
  type Connection,
  ErrorCode,
  type HeaderBlock,
  type HeaderList,
  type StreamSink,
} from "@trunkline/http2";
import type { Refusals } from "../telemetry/refusals.js";
import { silentSink, stopReading } from "./ended-stream.js";
import type { HttpConnection } from "./http-connection.js";
import type { PreparedRequest } from "./prepared-request.js";

/** How a request is refused. */
export interface HttpRefusal {
  readonly status: number;
  readonly text: string;
  /** Further fields of the response. */
  readonly extra?: readonly string[];
}

/** A request head that is answered with an HTTP error. */
export class RefusedRequest implements PreparedRequest {
  readonly version: number;
  readonly #refusals: Refusals;
  readonly #head: HeaderBlock;
  readonly #body: Uint8Array;
  readonly #refusal: HttpRefusal;

  constructor(version: number, refusals: Refusals, refusal: HttpRefusal) {
    const { status, text, extra = [] } = refusal;
    this.version = version;
    this.#refusal = refusal;
    this.#refusals = refusals;
    this.#body = new TextEncoder().encode(`${text}\n`);
    this.#head = {
      fields: [
        ":status",
        String(status),
        "content-type",
        "text/plain; charset=utf-8",
        "content-length",
        String(this.#body.length),
        ...extra,
      ],
    };
  }

  open(
    connection: HttpConnection,
    id: number,
    headers: HeaderList,
    endStream: boolean,
  ): StreamSink {
    const { engine } = connection;
    connection.failedCalls++;
    const { status, text } = this.#refusal;
    this.#refusals.request(connection.peer, headers.fields, status, text);
    // A response to HEAD has the head alone (RFC 9110 s9.3.2).
    const isHead = headers.fields.includes("HEAD");
    try {
      engine.sendHeaders(id, this.#head, isHead);
    } catch {
      // A client that takes hardly any headers (SETTINGS_MAX_HEADER_LIST_SIZE) cannot be told.
      engine.resetStream(id, ErrorCode.INTERNAL_ERROR);
      return silentSink;
    }
    if (!isHead) engine.sendData(id, this.#body, true);
    return endStream ? silentSink : new UnreadBody(engine, id);
  }
}

/** A client that sends more than this for a request that is answered already is told to stop. */
const patienceBytes = 65_536;

/** What still comes of a request that is answered: read and dropped, so that its faults are still found. */
class UnreadBody implements StreamSink {
  readonly #engine: Connection;
  readonly #id: number;
  #dropped = 0;

  constructor(engine: Connection, id: number) {
    this.#engine = engine;
    this.#id = id;
  }

  dataReceived(bytes: Uint8Array, endStream: boolean): void {
    this.#engine.consume(this.#id, bytes.length);
    this.#dropped += bytes.length;
    if (!endStream && this.#dropped > patienceBytes) stopReading(this.#engine, this.#id);
  }

  headersReceived(): void {}
  trailersReceived(): void {}
  streamReset(): void {}
  writable(): void {}
}
