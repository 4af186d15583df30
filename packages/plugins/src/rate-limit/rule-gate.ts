// One rule at work: takes tokens for calls, and says why there are none.
import { Code, methodPath, type RpcError } from "@trunkline/core";
import type { ServerCall } from "@trunkline/server";
import { createRefusal, type Refusal } from "@trunkline/server/limits";
import { digestOf } from "../authentication/node/digest.js";
import type { RatePlan } from "./rate-rule.js";
import type { RateBuckets } from "./rate-store.js";

/** How often a rule was asked. */
export interface RuleFigures {
  /** What the rule is called. */
  readonly name: string;
  /** Calls and messages that were let in. */
  readonly admitted: number;
  /** Calls and messages that were refused; those that would have been, if the rule only counts. */
  readonly refused: number;
}

/** What all rules of a limit have in common. */
export interface GateSetup {
  readonly hasPushback: boolean;
  readonly onRefused: ((refusal: Refusal) => void) | undefined;
}

/** Longer keys are kept as digests: they come from clients. */
const longestKey = 128;

/** The key of those of whom nobody knows who they are. */
const unknownKey = "";

/** One rule. */
export class RuleGate {
  readonly plan: RatePlan;
  admitted = 0;
  refused = 0;
  readonly #buckets: RateBuckets;
  readonly #setup: GateSetup;

  constructor(plan: RatePlan, buckets: RateBuckets, setup: GateSetup) {
    this.plan = plan;
    this.#buckets = buckets;
    this.#setup = setup;
  }

  get figures(): RuleFigures {
    return { name: this.plan.name, admitted: this.admitted, refused: this.refused };
  }

  /** Whose bucket it is; false: the call does not count. */
  keyOf(call: ServerCall): string | false {
    const key = this.plan.key?.(call);
    if (key === undefined) return unknownKey;
    return key === false || key.length <= longestKey ? key : `sha256:${digestOf(key)}`;
  }

  /** @returns as `RateBuckets.take`. */
  take(key: string, cost: number): number | Promise<number> {
    return this.#buckets.take(key, cost);
  }

  /** Another rule has refused what this one has let in. */
  giveBack(key: string, cost: number): void {
    this.admitted--;
    if (cost > 0) this.#buckets.giveBack(key, cost);
  }

  /** Counts what has come of it. @throws {RpcError} when it is to be refused. */
  settle(call: ServerCall, key: string, cost: number, waitMs: number): void {
    if (waitMs === 0) {
      this.admitted++;
      return;
    }
    this.refused++;
    const { name, shadow } = this.plan;
    const subject = key === unknownKey ? undefined : key;
    this.#setup.onRefused?.({ limit: name, key: subject, call, waitMs, isShadow: shadow });
    if (!shadow) throw this.#refuse(call, subject, cost, waitMs);
  }

  #refuse(call: ServerCall, key: string | undefined, cost: number, waitMs: number): RpcError {
    const { name, rate, perMs, burst } = this.plan;
    const whose = key === undefined ? "" : ` of ${key}`;
    const when =
      waitMs === Number.POSITIVE_INFINITY
        ? `a cost of ${cost} is more than the burst and never passes`
        : `try again in ${Math.ceil(waitMs)} ms`;
    const message = `rate limit "${name}"${whose} is used up: ${rate} per ${formatTime(perMs)}, burst ${burst}; ${when}`;
    return createRefusal({
      code: Code.RESOURCE_EXHAUSTED,
      message,
      waitMs,
      quota: { id: name, subject: key ?? methodPath(call.method), value: rate },
      hasPushback: this.#setup.hasPushback,
    });
  }
}

function formatTime(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}
