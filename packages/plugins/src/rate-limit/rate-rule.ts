// One rule of a rate limit: what users say, checked and with every default filled in.
import type { DescMethod } from "@bufbuild/protobuf";
import {
  checkArray,
  checkFunction,
  describeValue,
  type MethodChoice,
  type MethodKind,
  MethodSet,
  methodPath,
  UsageError,
} from "@trunkline/core";
import type { ServerCall } from "@trunkline/server";
import type { CallKey } from "@trunkline/server/limits";

/** How many calls, or messages, of one key may come: a bucket of `burst` that is filled at a `rate`. */
export interface RateLimitRule {
  /** What the rule is called in errors, figures and Redis; two rules of a limit have different names. */
  readonly name: string;
  /** Calls that may come in `perMs`, in the long run, above 0. */
  readonly rate: number;
  /** What `rate` counts in, in milliseconds, above 0. Default 1000. */
  readonly perMs?: number | undefined;
  /** Calls that may come at once after a time without any, 1 or more. Default: `rate`, but at least 1. */
  readonly burst?: number | undefined;
  /**
   * Whom calls are counted for: `byPrincipal()`, `byApiKey()`, `byAddress()`, `byMethod()`, `byMetadata(name)`, or a function
   * of your own. Calls for which it knows nobody are counted together. Default: all calls together.
   */
  readonly key?: CallKey | undefined;
  /** The methods whose calls count. Default: all but `exceptMethods`. */
  readonly methods?: readonly MethodChoice[] | undefined;
  /** Methods whose calls do not. Default: health, `/grpc.health.v1.Health/*`. */
  readonly exceptMethods?: readonly MethodChoice[] | undefined;
  /** The kinds of call that count: `unary`, `server_streaming`, `client_streaming`, `bidi_streaming`. Default: all. */
  readonly kinds?: readonly MethodKind[] | undefined;
  /**
   * What a call costs, a whole number, 0 or more: one for all, by path (`{ "/a.B/Export": 10 }`, 1 for the rest), or a
   * function. A call that costs more than `burst` is never let in. Default 1.
   */
  readonly cost?: number | Readonly<Record<string, number>> | ((call: ServerCall) => number);
  /**
   * Each message of a stream of requests costs 1 as well: `refuse` ends the call when there is nothing left, `delay` makes the
   * client wait by reading later. Default: only calls count.
   */
  readonly messages?: "refuse" | "delay" | undefined;
  /** Only count what would be refused, and let it pass. Default false. */
  readonly shadow?: boolean | undefined;
}

/** A checked rule. */
export interface RatePlan {
  readonly name: string;
  readonly rate: number;
  readonly perMs: number;
  readonly burst: number;
  readonly key: CallKey | undefined;
  readonly messages: "refuse" | "delay" | undefined;
  readonly shadow: boolean;
  /** Whether calls of the method count. */
  appliesTo(method: DescMethod): boolean;
  /** What calls of the method cost. */
  costOf(method: DescMethod): number | ((call: ServerCall) => number);
}

const kindNames = ["unary", "server_streaming", "client_streaming", "bidi_streaming"];

/** @throws {UsageError} for what cannot be a rule. */
export function planRule(rule: RateLimitRule): RatePlan {
  const { name, rate, perMs = 1000, burst = Math.max(1, Math.floor(rate)), kinds } = rule;
  if (typeof name !== "string" || name === "") {
    throw new UsageError(`a rule of a rate limit needs a name, not ${describeValue(name)}`);
  }
  const where = `of rate limit ${JSON.stringify(name)}`;
  checkAbove(`rate ${where}`, rate, 0);
  checkAbove(`perMs ${where}`, perMs, 0);
  if (!Number.isInteger(burst) || burst < 1) {
    throw new UsageError(
      `option burst ${where} must be a whole number from 1 on, not ${describeValue(burst)}`,
    );
  }
  checkFunction(`key ${where}`, rule.key);
  checkChoice(`messages ${where}`, rule.messages, ["refuse", "delay"]);
  checkArray(`kinds ${where}`, kinds);
  for (const kind of kinds ?? []) checkChoice(`kinds ${where}`, kind, kindNames);
  const counted = rule.methods && new MethodSet(`methods ${where}`, rule.methods);
  const { exceptMethods = ["/grpc.health.v1.Health/*"] } = rule;
  const excepted = new MethodSet(`exceptMethods ${where}`, exceptMethods);
  return {
    name,
    rate,
    perMs,
    burst,
    key: rule.key,
    messages: rule.messages,
    shadow: rule.shadow ?? false,
    appliesTo: (method) =>
      !excepted.has(method) &&
      counted?.has(method) !== false &&
      kinds?.includes(method.methodKind) !== false,
    costOf: planCost(where, rule.cost),
  };
}

function planCost(where: string, cost: RateLimitRule["cost"] = 1): RatePlan["costOf"] {
  if (typeof cost === "function") return () => cost;
  if (typeof cost === "number") {
    checkCost(where, cost);
    return () => cost;
  }
  for (const value of Object.values(cost)) checkCost(where, value);
  const costs = new Map(Object.entries(cost));
  return (method) => costs.get(methodPath(method)) ?? 1;
}

function checkCost(where: string, cost: number): void {
  if (Number.isInteger(cost) && cost >= 0) return;
  throw new UsageError(
    `option cost ${where} must be a whole number from 0 on, not ${describeValue(cost)}`,
  );
}

function checkAbove(what: string, value: number, least: number): void {
  if (Number.isFinite(value) && value > least) return;
  throw new UsageError(
    `option ${what} must be a number above ${least}, not ${describeValue(value)}`,
  );
}

function checkChoice(what: string, value: unknown, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value as string)) return;
  throw new UsageError(
    `option ${what} must be one of ${choices.join(", ")}, not ${describeValue(value)}`,
  );
}
