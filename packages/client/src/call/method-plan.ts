// What is worked out once for each method: its path, its kind and its two codecs.
import { create, type DescMessage, type DescMethod } from "@bufbuild/protobuf";
import { codecFor } from "@trunkline/codec";
import { type MessageCodec, methodPath, streamsRequests, streamsResponses } from "@trunkline/core";

/** A method, prepared for calls. One object for each method of the process: transports key caches by it. */
export interface MethodPlan {
  readonly method: DescMethod;
  /** `/package.Service/Method` */
  readonly path: string;
  readonly requestStreams: boolean;
  readonly responseStreams: boolean;
  readonly request: MessageCodec<unknown>;
  readonly response: MessageCodec<unknown>;
}

const plans = new WeakMap<DescMethod, MethodPlan>();

/** The plan of a method, made on first use. Codecs compile on the first message. */
export function planFor(method: DescMethod): MethodPlan {
  let plan = plans.get(method);
  if (plan === undefined) {
    plan = createPlan(method);
    plans.set(method, plan);
  }
  return plan;
}

function createPlan(method: DescMethod): MethodPlan {
  const kind = method.methodKind;
  return {
    method,
    path: methodPath(method),
    requestStreams: streamsRequests(kind),
    responseStreams: streamsResponses(kind),
    request: codecFor(method.input) as MessageCodec<unknown>,
    response: codecFor(method.output) as MessageCodec<unknown>,
  };
}

/** The message itself, or a new one made of the initial values given. */
export function toMessage(schema: DescMessage, value: unknown): unknown {
  if ((value as { $typeName?: unknown } | undefined)?.$typeName === schema.typeName) {
    return value;
  }
  return create(schema, value as never);
}
