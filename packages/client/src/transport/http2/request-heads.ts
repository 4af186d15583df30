// Builds request heads: one constant block for each method, and the few fields that vary from call to call.
import { appendFields, formatTimeout } from "@trunkline/core";
import type { HeaderBlock } from "@trunkline/http2";
import type { MethodPlan } from "../../call/method-plan.js";
import type { AttemptReceiver } from "../transport.js";

/** The request heads of one channel. The same method always gets the same prefix object, which the engine remembers. */
export class RequestHeads {
  private readonly scheme: string;
  private readonly authority: string;
  private readonly userAgent: string;
  private readonly prefixes = new WeakMap<MethodPlan, HeaderBlock>();

  constructor(scheme: "http" | "https", authority: string, userAgent: string) {
    this.scheme = scheme;
    this.authority = authority;
    this.userAgent = userAgent;
  }

  /** The whole head of one attempt. */
  blockFor(receiver: AttemptReceiver): HeaderBlock {
    const prefix = this.prefixes.get(receiver.plan) ?? this.createPrefix(receiver.plan);
    if (receiver.deadlineMs === Infinity && receiver.metadata === undefined) {
      return prefix;
    }
    const fields: string[] = [];
    if (receiver.deadlineMs !== Infinity) {
      fields.push("grpc-timeout", formatTimeout(receiver.remainingMs()));
    }
    if (receiver.metadata !== undefined) {
      appendFields(receiver.metadata, fields);
    }
    return { prefix, fields };
  }

  private createPrefix(plan: MethodPlan): HeaderBlock {
    // Order of PROTOCOL-HTTP2.md "Requests"; grpc-timeout may follow, as in grpc-go.
    const block: HeaderBlock = {
      fields: [
        ":method",
        "POST",
        ":scheme",
        this.scheme,
        ":path",
        plan.path,
        ":authority",
        this.authority,
        "te",
        "trailers",
        "content-type",
        plan.contentType,
        "user-agent",
        this.userAgent,
        "grpc-accept-encoding",
        "identity",
      ],
    };
    this.prefixes.set(plan, block);
    return block;
  }
}
