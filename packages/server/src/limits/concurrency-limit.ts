// Bounds how many calls are under way at a time: all together, for each method or for each caller.
import {
  type Call,
  type Clock,
  Code,
  checkFunction,
  checkMethods,
  guard,
  type Interceptor,
  type MethodChoice,
  MethodSet,
  perMethod,
  type RpcError,
  systemClock,
  type Timer,
} from "@trunkline/core";
import type { ServerCall } from "../dispatch/server-call.js";
import type { CallKey } from "./call-key.js";
import { CallSlots, type SlotOwner, type WaitEnd } from "./call-slots.js";
import { checkCount, checkPositive } from "./option-numbers.js";
import { createRefusal, type Refusal } from "./refusal.js";

/** Options of `concurrencyLimit`. */
export interface ConcurrencyLimitOptions {
  /** Calls that may be under way at a time, for each key, 1 or more: until the call has ended and its handler has finished. */
  readonly max: number;
  /** What the limit is called in errors and figures. Default `concurrency`. */
  readonly name?: string | undefined;
  /**
   * Whom calls are counted for: `byPrincipal()`, `byAddress()`, `byMethod()`, or a function of your own. Default: all
   * together.
   */
  readonly key?: CallKey | undefined;
  /** The methods whose calls count. Default: all but `exceptMethods`. */
  readonly methods?: readonly MethodChoice[] | undefined;
  /** Methods whose calls do not. Default: health, `/grpc.health.v1.Health/*`. */
  readonly exceptMethods?: readonly MethodChoice[] | undefined;
  /** Calls that may wait for a slot, for each key, first come, first served. Default 0: they are refused at once. */
  readonly maxWaiting?: number | undefined;
  /** How long a call may wait, in milliseconds, above 0; its deadline ends it before that. Default 1000. */
  readonly maxWaitMs?: number | undefined;
  /**
   * What refused calls end with. Default RESOURCE_EXHAUSTED: a limit that somebody has set is used up. UNAVAILABLE tells clients
   * with the usual retry policies to try another server.
   */
  readonly code?: Code | undefined;
  /** Told of each refusal, for metrics. What it throws ends the call as if its handler had thrown it. */
  readonly onRefused?: ((refusal: Refusal) => void) | undefined;
  /** What the wait is measured with. Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/** How many calls a limit has seen. */
export interface ConcurrencyFigures {
  /** Calls that are under way. */
  readonly running: number;
  /** Calls that wait. */
  readonly waiting: number;
  /** Calls that were refused so far, those included that had waited for too long. */
  readonly refused: number;
}

/** An interceptor that bounds calls under way. */
export interface ConcurrencyLimit extends Interceptor {
  /** What is so now. */
  figures(): ConcurrencyFigures;
}

/**
 * Bounds how many calls are under way at a time. One that comes when all slots are taken waits for one (`maxWaiting`) or is
 * refused: RESOURCE_EXHAUSTED, with QuotaFailure that names the limit, its value and whom it holds for. A slot is free again when
 * the call has ended **and** its handler has finished: clients that cancel calls whose work goes on do not get around it.
 * Limits for each caller have to stand behind `authenticate`.
 * @throws {UsageError} for an option out of its range.
 * @example
 * createServer({ interceptors: [
 *   concurrencyLimit({ max: 500, maxWaiting: 100 }),
 *   authenticate(jwt),
 *   concurrencyLimit({ name: "calls of a user", max: 10, key: byPrincipal() }),
 * ] });
 */
export function concurrencyLimit(options: ConcurrencyLimitOptions): ConcurrencyLimit {
  const limiter = new ConcurrencyLimiter(options);
  const { methods, exceptMethods = ["/grpc.health.v1.Health/*"] } = options;
  const counted = methods && new MethodSet("methods", methods);
  const excepted = new MethodSet("exceptMethods", exceptMethods);
  // Only servers run this: their calls have all that keys may ask for.
  const admit = guard((call: Call) => limiter.admit(call as ServerCall));
  const interceptor = perMethod((method) =>
    excepted.has(method) || counted?.has(method) === false ? undefined : admit,
  );
  return Object.assign(interceptor, { figures: () => limiter.figures() });
}

class ConcurrencyLimiter implements SlotOwner {
  readonly max: number;
  readonly maxWaiting: number;
  readonly #options: ConcurrencyLimitOptions;
  readonly #name: string;
  readonly #maxWaitMs: number;
  readonly #clock: Clock;
  readonly #slots = new Map<string | undefined, CallSlots>();
  /** Never let go of: most limits have no key, and are asked for this by each call. */
  readonly #unkeyed: CallSlots;
  #refused = 0;

  constructor(options: ConcurrencyLimitOptions) {
    const { max, maxWaiting = 0, maxWaitMs = 1000, name = "concurrency" } = options;
    checkCount("max", max, 1);
    checkCount("maxWaiting", maxWaiting, 0);
    checkPositive("maxWaitMs", maxWaitMs);
    checkFunction("key", options.key);
    checkFunction("onRefused", options.onRefused);
    checkMethods("clock", options.clock, ["now", "setTimer"]);
    this.#options = options;
    this.max = max;
    this.maxWaiting = maxWaiting;
    this.#name = name;
    this.#maxWaitMs = maxWaitMs;
    this.#clock = options.clock ?? systemClock;
    this.#unkeyed = new CallSlots(this, undefined);
  }

  figures(): ConcurrencyFigures {
    const all = [this.#unkeyed, ...this.#slots.values()];
    const sum = (of: (slots: CallSlots) => number): number =>
      all.reduce((total, slots) => total + of(slots), 0);
    return {
      running: sum(({ running }) => running),
      waiting: sum(({ waiting }) => waiting),
      refused: this.#refused,
    };
  }

  admit(call: ServerCall): void | Promise<void> {
    const key = this.#options.key?.(call);
    if (key === false) return undefined;
    const slots = key === undefined ? this.#unkeyed : this.#slotsOf(key);
    if (slots.tryEnter(call)) return undefined;
    if (slots.hasRoom) return slots.wait(call);
    throw this.#refuse(slots, call, `${slots.waiting} more wait`);
  }

  startTimer(wake: () => void): Timer | undefined {
    return this.#maxWaitMs === Infinity ? undefined : this.#clock.setTimer(this.#maxWaitMs, wake);
  }

  refuse(slots: CallSlots, call: ServerCall, end: WaitEnd): RpcError {
    // Nobody reads the error of a call that is over, and nobody was refused.
    if (end === "gone") {
      return createRefusal({ code: Code.CANCELLED, message: "the call has ended while it waited" });
    }
    return this.#refuse(slots, call, `the call has waited for ${this.#maxWaitMs} ms`);
  }

  emptied({ key }: CallSlots): void {
    if (key !== undefined) this.#slots.delete(key);
  }

  #slotsOf(key: string): CallSlots {
    let slots = this.#slots.get(key);
    if (slots === undefined) {
      slots = new CallSlots(this, key);
      this.#slots.set(key, slots);
    }
    return slots;
  }

  #refuse({ key, running }: CallSlots, call: ServerCall, why: string): RpcError {
    this.#refused++;
    this.#options.onRefused?.({
      limit: this.#name,
      key,
      call,
      waitMs: undefined,
      isShadow: false,
    });
    const whose = key === undefined ? "" : ` of ${key}`;
    const message = `limit "${this.#name}": ${running} calls${whose} are under way, and no more than ${this.max} may be; ${why}`;
    const quota = { id: this.#name, subject: key ?? "all callers", value: this.max };
    return createRefusal({ code: this.#options.code ?? Code.RESOURCE_EXHAUSTED, message, quota });
  }
}
