// Builds request heads: one constant block for each method, and the few fields that vary from call to call.
import {
  appendFields,
  type CompressionPlan,
  formatTimeout,
  type OutgoingCompression,
} from "@trunkline/core";
import type { HeaderBlock } from "@trunkline/http2";
import type { MethodPlan } from "../../call/method-plan.js";
import type { AttemptReceiver } from "../transport.js";

/** What all request heads of a channel have in common. */
export interface RequestHeadParts {
  readonly scheme: "http" | "https";
  readonly authority: string;
  readonly userAgent: string;
  readonly compression: CompressionPlan;
}

/** The request heads of one channel. The same method always gets the same prefix object, which the engine remembers. */
export class RequestHeads {
  readonly compression: CompressionPlan;
  private readonly parts: RequestHeadParts;
  private readonly prefixes = new WeakMap<MethodPlan, HeaderBlock>();

  constructor(parts: RequestHeadParts) {
    this.parts = parts;
    this.compression = parts.compression;
  }

  /** The whole head of one attempt, whose messages are compressed with `compression`. */
  blockFor(receiver: AttemptReceiver, compression: OutgoingCompression | undefined): HeaderBlock {
    const prefix =
      receiver.authority === undefined
        ? (this.prefixes.get(receiver.plan) ?? this.createPrefix(receiver.plan))
        : this.create(receiver.plan, receiver.authority);
    const { previousAttempts = 0 } = receiver;
    if (
      receiver.deadlineMs === Infinity &&
      receiver.metadata === undefined &&
      compression === undefined &&
      previousAttempts === 0
    ) {
      return prefix;
    }
    const fields: string[] = [];
    if (compression !== undefined) {
      fields.push("grpc-encoding", compression.encoding.name);
    }
    if (receiver.deadlineMs !== Infinity) {
      fields.push("grpc-timeout", formatTimeout(receiver.remainingMs()));
    }
    if (previousAttempts > 0) {
      fields.push("grpc-previous-rpc-attempts", String(previousAttempts));
    }
    if (receiver.metadata !== undefined) {
      appendFields(receiver.metadata, fields);
    }
    return { prefix, fields };
  }

  private createPrefix(plan: MethodPlan): HeaderBlock {
    const block = this.create(plan, this.parts.authority);
    this.prefixes.set(plan, block);
    return block;
  }

  private create(plan: MethodPlan, authority: string): HeaderBlock {
    const { scheme, userAgent, compression } = this.parts;
    // Order of PROTOCOL-HTTP2.md "Requests"; grpc-timeout may follow, as in grpc-go.
    return {
      fields: [
        ":method",
        "POST",
        ":scheme",
        scheme,
        ":path",
        plan.path,
        ":authority",
        authority,
        "te",
        "trailers",
        "content-type",
        plan.contentType,
        "user-agent",
        userAgent,
        "grpc-accept-encoding",
        compression.acceptField,
      ],
    };
  }
}
