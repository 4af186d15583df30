// The headers of a call that will be run.
import type { HeaderBlock, HeaderList, StreamSink } from "@trunkline/http2";
import type { MethodEntry } from "../../dispatch/method-entry.js";
import type { Timeout } from "../../dispatch/method-options.js";
import type { HttpConnection } from "../../http/http-connection.js";
import type { PreparedRequest } from "../../http/prepared-request.js";
import { GrpcCall } from "./call.js";
import type { CallCoding } from "./call-coding.js";
import type { CallHead, CallSetup } from "./call-head.js";

/** The headers of a call whose handler will be run. */
export class AcceptedCall implements PreparedRequest, CallHead {
  readonly version: number;
  readonly responseHead: HeaderBlock;
  readonly entry: MethodEntry;
  readonly timeout: Timeout | undefined;
  readonly coding: CallCoding;
  readonly setup: CallSetup;

  constructor(
    version: number,
    coding: CallCoding,
    entry: MethodEntry,
    timeout: Timeout | undefined,
    setup: CallSetup,
  ) {
    this.version = version;
    this.responseHead = coding.head(undefined);
    this.coding = coding;
    this.entry = entry;
    this.timeout = timeout;
    this.setup = setup;
  }

  open(
    connection: HttpConnection,
    id: number,
    headers: HeaderList,
    endStream: boolean,
  ): StreamSink {
    const call = new GrpcCall(connection, id, headers, this);
    call.begin(endStream);
    return call;
  }
}
