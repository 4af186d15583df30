// What is worked out once for each method: its path, its kind and its two codecs.
import { create, type DescMessage, type DescMethod } from "@bufbuild/protobuf";
import { codecFor } from "@trunkline/codec";
import {
  carryMark,
  checkRawMessage,
  contentTypeOf,
  describeValue,
  type MessageCodec,
  type MessageFormat,
  methodPath,
  rawCodec,
  streamsRequests,
  streamsResponses,
  UsageError,
} from "@trunkline/core";

/** A method, prepared for calls. One object for each method and format: transports key caches by it. */
export interface MethodPlan {
  readonly method: DescMethod;
  /** `/package.Service/Method` */
  readonly path: string;
  readonly requestStreams: boolean;
  readonly responseStreams: boolean;
  /** The name of the message format, and the content type that names it. */
  readonly format: string;
  readonly contentType: string;
  readonly request: MessageCodec<unknown>;
  readonly response: MessageCodec<unknown>;
  /** The message to send for what the caller gave. @throws when it can be none. */
  toRequest(value: unknown): unknown;
}

type Plans = WeakMap<DescMethod, MethodPlan>;

const plans: Plans = new WeakMap();
const plansByFormat = new WeakMap<MessageFormat, Plans>();
const rawPlans: Plans = new WeakMap();

/**
 * The plan of a method, made on first use. Codecs compile on the first message.
 * @param format undefined: protobuf.
 */
export function planFor(method: DescMethod, format?: MessageFormat): MethodPlan {
  const raw = rawPlans.get(method);
  if (raw !== undefined) return raw;
  const known = format === undefined ? plans : plansOf(format);
  let plan = known.get(method);
  if (plan === undefined) {
    plan = createPlan(method, format);
    known.set(method, plan);
  }
  return plan;
}

/**
 * The plan of a method whose messages are bytes, in the format that `format` names. From now on
 * `planFor` answers with it for this very descriptor, so that it holds behind interceptors as well.
 */
export function rawPlanFor(method: DescMethod, format: string): MethodPlan {
  const path = methodPath(method);
  const plan: MethodPlan = {
    ...shapeOf(method, format),
    request: rawCodec,
    response: rawCodec,
    toRequest: (value) => checkRawMessage(path, value),
  };
  rawPlans.set(method, plan);
  return plan;
}

function plansOf(format: MessageFormat): Plans {
  let known = plansByFormat.get(format);
  if (known === undefined) {
    known = new WeakMap();
    plansByFormat.set(format, known);
  }
  return known;
}

function createPlan(method: DescMethod, format: MessageFormat | undefined): MethodPlan {
  const find = format?.codecFor.bind(format) ?? codecFor;
  return {
    ...shapeOf(method, format?.name ?? "proto"),
    request: find(method.input) as MessageCodec<unknown>,
    response: find(method.output) as MessageCodec<unknown>,
    toRequest: (value) => toMessage(method.input, value),
  };
}

type Shape = Omit<MethodPlan, "request" | "response" | "toRequest">;

function shapeOf(method: DescMethod, format: string): Shape {
  const kind = method.methodKind;
  return {
    method,
    path: methodPath(method),
    requestStreams: streamsRequests(kind),
    responseStreams: streamsResponses(kind),
    format,
    contentType: contentTypeOf(format),
  };
}

/** The message itself, or a new one made of the initial values given. */
function toMessage(schema: DescMessage, value: unknown): unknown {
  const typeName = (value as { $typeName?: unknown } | null | undefined)?.$typeName;
  if (typeName === schema.typeName) {
    return value;
  }
  // A call without an argument is one with an empty message.
  const isInit = value === undefined || (typeof value === "object" && value !== null);
  if (!isInit || typeName !== undefined || Array.isArray(value)) {
    const given = typeName === undefined ? describeValue(value) : `a message of type ${typeName}`;
    throw new UsageError(`${given} was given where a ${schema.typeName} is expected`);
  }
  const message = create(schema, value as never);
  carryMark(value, message);
  return message;
}
