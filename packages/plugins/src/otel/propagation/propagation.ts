// Which propagator carries contexts between processes, and its two ways: out of metadata and into it.
import {
  type Context,
  propagation,
  ROOT_CONTEXT,
  type TextMapPropagator,
} from "@opentelemetry/api";
import { Metadata } from "@trunkline/core";
import { metadataGetter, metadataSetter } from "./metadata-carrier.js";
import { W3cTraceContext } from "./w3c-trace-context.js";

/** A request that can be asked for its fields one by one, which is cheaper than all of its metadata. */
export interface TracedRequest {
  readonly requestMetadata: Metadata;
  hasField(names: readonly string[]): boolean;
}

/** Carries contexts in metadata. */
export class Propagation {
  readonly #given: TextMapPropagator | undefined;
  readonly #own: TextMapPropagator = new W3cTraceContext();

  /** @param given undefined: the application's global one; W3C Trace Context while it has none. */
  constructor(given: TextMapPropagator | undefined) {
    this.#given = given;
  }

  // Asked each time: an SDK may register its propagator after the server was made.
  get #propagator(): TextMapPropagator {
    if (this.#given !== undefined) return this.#given;
    return propagation.fields().length > 0 ? propagation : this.#own;
  }

  /** The context that a request brings; the root when it brings none. */
  extractFrom(request: TracedRequest): Context {
    return request.hasField(this.fields()) ? this.extract(request.requestMetadata) : ROOT_CONTEXT;
  }

  /** The context that metadata brings; the root when it brings none. */
  extract(metadata: Metadata | undefined): Context {
    if (metadata === undefined || metadata.size === 0) return ROOT_CONTEXT;
    try {
      return this.#propagator.extract(ROOT_CONTEXT, metadata, metadataGetter);
    } catch {
      return ROOT_CONTEXT;
    }
  }

  /** The fields that carry a context. */
  inject(context: Context): Metadata {
    const metadata = new Metadata();
    try {
      this.#propagator.inject(context, metadata, metadataSetter);
    } catch {
      // What a propagator throws must not end the call.
    }
    return metadata;
  }

  /** The names of the fields. */
  fields(): string[] {
    return this.#propagator.fields();
  }
}
