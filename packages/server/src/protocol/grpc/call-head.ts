// What is known of a call from its headers, shared by all calls with the same ones.
import type { DeadlineWheel, DroppedMetadataLog, Log } from "@trunkline/core";
import type { HeaderBlock } from "@trunkline/http2";
import type { MethodEntry } from "../../dispatch/method-entry.js";
import type { Timeout } from "../../dispatch/method-options.js";
import type { CallObservers } from "../../telemetry/call-observers.js";
import type { Refusals } from "../../telemetry/refusals.js";
import type { CallCoding } from "./call-coding.js";
import type { ResponseHeads } from "./response-heads.js";

/** What all calls of a server share. */
export interface CallSetup {
  readonly wheel: DeadlineWheel;
  readonly log: Log;
  /** Told of metadata of requests that is none. */
  readonly droppedMetadata: DroppedMetadataLog;
  readonly heads: ResponseHeads;
  readonly observers: CallObservers;
  readonly refusals: Refusals;
}

/** What is known of a call from its headers. */
export interface CallHead {
  readonly entry: MethodEntry;
  /** The response head without metadata or compression; always the same object, so that it costs a few bytes. */
  readonly responseHead: HeaderBlock;
  /** Undefined: the call may take for ever. */
  readonly timeout: Timeout | undefined;
  /** Which encodings the call may use. */
  readonly coding: CallCoding;
  readonly setup: CallSetup;
}
