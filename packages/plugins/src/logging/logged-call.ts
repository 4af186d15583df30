// What access logs read of a call, on either end.
import type { DescMethod } from "@bufbuild/protobuf";
import type { Code, ContextValues, Metadata, RpcError } from "@trunkline/core";
import type { Component } from "./levels.js";

/** A call on either end, as far as its lines need it. */
export interface LoggedCall {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** Undefined where nothing is known of the method. */
  readonly method: DescMethod | undefined;
  /** Whether there is an end to paths: those of methods that a service or stub has. */
  readonly isKnown: boolean;
  readonly code: Code;
  readonly error: RpcError | undefined;
  readonly durationMs: number;
  readonly startedEpochMs: number;
  /** Milliseconds since 1970. */
  readonly deadlineMs: number | undefined;
  /** The other end, `host:port`; undefined: nobody knows it yet. */
  readonly peerAddress: string | undefined;
  readonly requestMetadata: Metadata | undefined;
  /** Whether it may be worth while to look for one of these fields there: reading all of it costs more than to ask. */
  mayHaveFields(names: readonly string[]): boolean;
  readonly context: ContextValues | undefined;
  readonly requestMessages: number;
  readonly requestBytes: number;
  readonly responseMessages: number;
  readonly responseBytes: number;
  /** How often it was tried, on a client; undefined on a server. */
  readonly attempts: number | undefined;
}

/** A call that has ended, for those who decide whether it is logged. */
export interface FinishedCall {
  /** Which end logs. */
  readonly component: Component;
  /** `/package.Service/Method`. On a server whatever the client has written, unless `method` is known. */
  readonly path: string;
  /** The method's descriptor; undefined where nobody has it. */
  readonly method: DescMethod | undefined;
  /** Its status. */
  readonly code: Code;
  /** Milliseconds, with fractions. */
  readonly durationMs: number;
  /** By `slowMs` and `slowStreamMs`. */
  readonly isSlow: boolean;
  /** What the client has sent; nothing of it is logged by itself. */
  readonly metadata: Metadata | undefined;
  /** Values of the call: its `principal`, for instance. */
  readonly context: ContextValues | undefined;
}
