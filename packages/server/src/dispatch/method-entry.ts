// One registered method: everything about it that can be decided before the first call.
import type { DescMethod } from "@bufbuild/protobuf";
import type { Guard, Next } from "@trunkline/core";
import type { MethodMessages } from "./message-codecs.js";
import type { MethodLimits } from "./method-options.js";
import type { ServerCall } from "./server-call.js";

/** A handler with its types erased: the request, or the iterable of requests, goes in. */
export type AnyHandler = (input: unknown, call: ServerCall) => unknown;

/** One registered method in one message format. */
export interface MethodEntry extends MethodMessages {
  readonly method: DescMethod;
  /** `/package.Service/Method`. */
  readonly path: string;
  /** Whether a service has it, rather than the option `unknownMethod`. */
  readonly isRegistered: boolean;
  /** The name of the message format: `proto`, `json` ... */
  readonly format: string;
  /** The client sends exactly one message. */
  readonly takesOne: boolean;
  /** The server sends exactly one message. */
  readonly givesOne: boolean;
  readonly limits: MethodLimits;
  readonly handler: AnyHandler;
  /** The guards that come before all other interceptors; undefined when there are none. */
  readonly guard: Guard | undefined;
  /** The interceptors around the handler; undefined when there are none. */
  readonly chain: Next | undefined;
}
