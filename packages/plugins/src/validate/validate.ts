// The interceptor that lets only messages pass which keep the rules of their contract.
import type { DescMessage, DescMethod, Message, Registry } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import {
  type Call,
  checkObject,
  deriveCall,
  guard,
  type Interceptor,
  type Log,
  perMethod,
  processLog,
  type Reply,
  streamsRequests,
  streamsResponses,
} from "@trunkline/core";
import { CheckedMessages } from "./checked-messages.js";
import { MessageRules } from "./message-rules.js";
import { badResponse, invalidRequest } from "./violation-errors.js";

/** Options of `validate`. */
export interface ValidateOptions {
  /**
   * Responses are checked as well, each of a stream too: what breaks the rules ends the call with INTERNAL, for that is
   * nothing which a client could mend. Default false.
   */
  readonly responses?: boolean | undefined;
  /** Has the extensions of predefined rules that contracts use, and the types inside of `google.protobuf.Any`. Default: none. */
  readonly registry?: Registry | undefined;
  /** Is told when a CEL expression fails while it is evaluated. Default: that of `setLog`, in the end stderr. */
  readonly log?: Log | undefined;
}

/**
 * Holds each request against the rules (`buf.validate`, protovalidate.com) of its message: the one of a unary call before
 * the handler runs, or before it is sent; those of a stream one by one. What breaks a rule fails with INVALID_ARGUMENT,
 * which says in words, as `google.rpc.BadRequest` and as `buf.validate.Violations` which fields are at fault. Rules are
 * compiled when a service is added to the server, or a client first calls the method; methods without any cost nothing.
 * On servers and on channels alike. Needs `@bufbuild/protovalidate`.
 * @throws {UsageError} from `addService` (clients: the call), when the rules of a contract cannot be compiled.
 * @example
 * createServer({ interceptors: [authenticate(jwt), validate()] });
 */
export function validate(options: ValidateOptions = {}): Interceptor {
  checkObject("validate", options);
  const { registry, log = processLog, responses = false } = options;
  const validator = createValidator(registry === undefined ? {} : { registry });
  const known = new Map<DescMessage, MessageRules | undefined>();
  const rulesOf = (schema: DescMessage): MessageRules | undefined => {
    if (!known.has(schema)) known.set(schema, MessageRules.compile(schema, validator, log));
    return known.get(schema);
  };
  return perMethod((method) => {
    const requestRules = rulesOf(method.input);
    const responseRules = responses ? rulesOf(method.output) : undefined;
    return chooseInterceptor(method, requestRules, responseRules);
  });
}

function chooseInterceptor(
  method: DescMethod,
  requests: MessageRules | undefined,
  responses: MessageRules | undefined,
): Interceptor | undefined {
  const isStream = streamsRequests(method.methodKind);
  if (responses === undefined && requests === undefined) return undefined;
  if (responses === undefined && !isStream)
    return guard(({ message }) => admit(requests!, message));
  const checkResponse = responses && responseCheck(method, responses);
  return async (call, next) => {
    const reply = await next(
      requests === undefined ? call : checkRequests(call, requests, isStream),
    );
    return checkResponse === undefined ? reply : checkReply(reply, checkResponse, method);
  };
}

/** @throws {RpcError} INVALID_ARGUMENT. */
function admit(rules: MessageRules, message: unknown): void {
  const violations = rules.violationsOf(message as Message);
  if (violations.length > 0) throw invalidRequest(violations);
}

function checkRequests(call: Call, rules: MessageRules, isStream: boolean): Call {
  if (!isStream) {
    admit(rules, call.message);
    return call;
  }
  return deriveCall(call, {
    messages: new CheckedMessages(call.messages!, (message) => admit(rules, message)),
  });
}

type ResponseCheck = (message: unknown) => void;

function responseCheck(method: DescMethod, rules: MessageRules): ResponseCheck {
  return (message) => {
    const violations = rules.violationsOf(message as Message);
    if (violations.length > 0) throw badResponse(method, violations);
  };
}

function checkReply(reply: Reply, check: ResponseCheck, method: DescMethod): Reply {
  if (!streamsResponses(method.methodKind)) {
    check(reply.message);
    return reply;
  }
  return { ...reply, messages: new CheckedMessages(reply.messages!, check) };
}
