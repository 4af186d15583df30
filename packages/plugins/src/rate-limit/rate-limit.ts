// The interceptor that bounds how many calls come in a time, by rules.
import {
  type Call,
  type Clock,
  checkArray,
  checkFunction,
  checkMethods,
  deriveCall,
  guard,
  type Interceptor,
  perMethod,
  streamsRequests,
  systemClock,
  UsageError,
} from "@trunkline/core";
import type { ServerCall } from "@trunkline/server";
import type { Refusal } from "@trunkline/server/limits";
import { createMemoryStore } from "./memory-store.js";
import { planRule, type RateLimitRule } from "./rate-rule.js";
import type { RateStore } from "./rate-store.js";
import { RuleChain } from "./rule-chain.js";
import { type RuleFigures, RuleGate } from "./rule-gate.js";

/** Options of `rateLimit`. */
export interface RateLimitOptions {
  /** The rules: a call needs the consent of all that hold for its method. */
  readonly rules: readonly RateLimitRule[];
  /** Where buckets are kept: `createMemoryStore()`, or `await createRedisStore(...)` for several servers. Default: in this process. */
  readonly store?: RateStore | undefined;
  /**
   * Whether refused calls tell clients with a retry policy when to retry (`grpc-retry-pushback-ms`, gRFC A6): those that retry
   * RESOURCE_EXHAUSTED wait for so long then, and calls that can never pass are not repeated. Default false.
   */
  readonly retryPushback?: boolean | undefined;
  /** Told of each refusal, for metrics and logs, also of rules that only count. It must not throw. */
  readonly onRefused?: ((refusal: Refusal) => void) | undefined;
  /** What delayed messages wait by. Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/** An interceptor that bounds how many calls come. */
export interface RateLimit extends Interceptor {
  /** What each rule has let in and refused so far. */
  figures(): readonly RuleFigures[];
}

/**
 * Bounds how many calls come in a time. A call that is one too many fails with RESOURCE_EXHAUSTED before its handler runs: the
 * message names the rule, whom it holds for and its values, RetryInfo says when to try again, QuotaFailure which quota it was.
 * Calls that one rule refuses cost nothing by the others. Rules for callers (`byPrincipal`, `byApiKey`) have to stand behind
 * `authenticate`.
 * @throws {UsageError} for what cannot be a rule, and for rules with the same name.
 * @example
 * createServer({ interceptors: [
 *   authenticate(jwt),
 *   rateLimit({ rules: [{ name: "user", key: byPrincipal(), rate: 10, burst: 20 }] }),
 * ] });
 */
export function rateLimit(options: RateLimitOptions): RateLimit {
  const { store = createMemoryStore(), retryPushback = false, onRefused, clock } = options;
  checkArray("rules", options.rules);
  checkMethods("store", store, ["open"]);
  checkFunction("onRefused", onRefused);
  checkMethods("clock", clock, ["now", "setTimer"]);
  const setup = { hasPushback: retryPushback, onRefused };
  const gates = options.rules.map((rule) => {
    const plan = planRule(rule);
    return new RuleGate(plan, store.open(plan), setup);
  });
  const names = gates.map(({ plan }) => plan.name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new UsageError(`there are two rate limits called "${twice}"`);
  const interceptor = perMethod((method) => {
    const held = gates.filter(({ plan }) => plan.appliesTo(method));
    if (held.length === 0) return undefined;
    const chain = new RuleChain(held, method);
    const countsMessages = held.some(({ plan }) => plan.messages !== undefined);
    return countsMessages && streamsRequests(method.methodKind)
      ? limitMessages(chain, clock ?? systemClock)
      : guard((call: Call) => chain.admit(call as ServerCall));
  });
  return Object.assign(interceptor, { figures: () => gates.map(({ figures }) => figures) });
}

/** Only servers run this: their calls have all that keys may ask for. */
function limitMessages(chain: RuleChain, clock: Clock): Interceptor {
  return async (call, next) => {
    await chain.admit(call as ServerCall);
    return next(deriveCall(call, { messages: limited(chain, call, clock) }));
  };
}

async function* limited(chain: RuleChain, call: Call, clock: Clock): AsyncGenerator<unknown> {
  for await (const message of call.messages!) {
    await chain.admitMessage(call as ServerCall, clock);
    yield message;
  }
}
