// How a call ended: the shape that both ends hand to interceptors and observers.
import type { Any } from "@bufbuild/protobuf/wkt";
import type { Metadata } from "../metadata/metadata.js";
import type { Code } from "./code.js";

/** The outcome of a call. Success is `code` 0 with an empty message. */
export interface Status {
  /** 0 for success, 1 to 16 for failures. */
  readonly code: Code;
  /** For developers, not for end users; empty when nothing was said. */
  readonly message: string;
  /** Typed details of an error (google.rpc.Status.details); empty when there are none. */
  readonly details: readonly Any[];
  /** The trailers of the call. */
  readonly metadata: Metadata;
}
