// Refuses calls while the event loop cannot keep up, the less important ones first.
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
  systemClock,
} from "@trunkline/core";
import type { ServerCall } from "../dispatch/server-call.js";
import { LoopDelay, type LoopDelayListener } from "./loop-delay.js";
import { checkPositive } from "./option-numbers.js";
import { OverloadGauge } from "./overload-gauge.js";
import { createRefusal, type Refusal } from "./refusal.js";

/** Options of `shedLoad`. */
export interface LoadSheddingOptions {
  /** Delay of the event loop up to which all is well, in milliseconds, above 0. Default 20. */
  readonly targetDelayMs?: number | undefined;
  /** The server is overloaded when the delay was above that for so long without a break, milliseconds, above 0. Default 100. */
  readonly intervalMs?: number | undefined;
  /** Methods whose calls are never refused. Default: health, `/grpc.health.v1.Health/*`; name it if you name others. */
  readonly critical?: readonly MethodChoice[] | undefined;
  /** Methods whose calls are refused first: four times as many of them as of others. Default: none. */
  readonly sheddable?: readonly MethodChoice[] | undefined;
  /** What refused calls end with. Default UNAVAILABLE: another server may have room. */
  readonly code?: Code | undefined;
  /** Told of each refusal, for metrics. What it throws ends the call as if its handler had thrown it. */
  readonly onRefused?: ((refusal: Refusal) => void) | undefined;
  /** What delays are measured with. Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/** How loaded the server is. */
export interface LoadFigures {
  /** How late the event loop was when it was measured last, in milliseconds; of use only while calls come. */
  readonly delayMs: number;
  /** The share of calls that is refused now, 0 to 0.95. */
  readonly refusedShare: number;
  /** Calls that were refused so far. */
  readonly refused: number;
}

/** An interceptor that sheds load. */
export interface LoadShedding extends Interceptor {
  /** What is so now. */
  figures(): LoadFigures;
}

/**
 * Refuses calls with UNAVAILABLE while the server cannot keep up. A server of Node.js has one queue in front of all its
 * calls, the event loop; how late it is, is how long calls have waited before anybody looked at them. When that stays above
 * `targetDelayMs` for `intervalMs`, a growing share of calls is refused before their handlers run, until it does no
 * longer. Put it first in `interceptors`. Where handlers wait for something else, a database say, `concurrencyLimit` is the
 * queue to bound.
 * @throws {UsageError} for an option out of its range.
 * @example
 * createServer({ interceptors: [shedLoad({ sheddable: ["/reports.Reports/*"] }), authenticate(jwt)] });
 */
export function shedLoad(options: LoadSheddingOptions = {}): LoadShedding {
  const { critical = ["/grpc.health.v1.Health/*"], sheddable = [] } = options;
  const shedder = new LoadShedder(options);
  const spared = new MethodSet("critical", critical);
  const first = new MethodSet("sheddable", sheddable);
  // Only servers run this.
  const early = guard((call: Call) => shedder.admit(call as ServerCall, 4));
  const usual = guard((call: Call) => shedder.admit(call as ServerCall, 1));
  const interceptor = perMethod((method) => {
    if (spared.has(method)) return undefined;
    return first.has(method) ? early : usual;
  });
  return Object.assign(interceptor, { figures: () => shedder.figures() });
}

class LoadShedder implements LoopDelayListener {
  readonly #gauge: OverloadGauge;
  readonly #delay: LoopDelay;
  readonly #targetDelayMs: number;
  readonly #intervalMs: number;
  readonly #code: Code;
  readonly #onRefused: ((refusal: Refusal) => void) | undefined;
  #hasCalls = false;
  #refused = 0;
  /** What of a whole call is still to be refused: shares are kept exactly, without chance. */
  #debt = 0;

  constructor(options: LoadSheddingOptions) {
    const { targetDelayMs = 20, intervalMs = 100, clock = systemClock } = options;
    checkPositive("targetDelayMs", targetDelayMs);
    checkPositive("intervalMs", intervalMs);
    checkFunction("onRefused", options.onRefused);
    checkMethods("clock", clock, ["now", "setTimer"]);
    this.#targetDelayMs = targetDelayMs;
    this.#intervalMs = intervalMs;
    this.#code = options.code ?? Code.UNAVAILABLE;
    this.#onRefused = options.onRefused;
    this.#gauge = new OverloadGauge({ targetDelayMs, intervalMs });
    this.#delay = new LoopDelay(clock, this);
  }

  figures(): LoadFigures {
    const { delayMs, share } = this.#gauge;
    return { delayMs, refusedShare: share, refused: this.#refused };
  }

  admit(call: ServerCall, weight: number): void {
    if (!this.#hasCalls) {
      this.#hasCalls = true;
      this.#delay.want();
    }
    const { share } = this.#gauge;
    if (share === 0) return;
    this.#debt += Math.min(1, share * weight);
    if (this.#debt < 1) return;
    this.#debt -= 1;
    this.#refuse(call);
  }

  /** Measuring ends with the first period without calls in which all is well. */
  delayed(delayMs: number, nowMs: number): boolean {
    this.#gauge.measured(delayMs, nowMs);
    const goesOn = this.#hasCalls || this.#gauge.share > 0;
    this.#hasCalls = false;
    return goesOn;
  }

  #refuse(call: ServerCall): never {
    this.#refused++;
    const waitMs = 2 * this.#intervalMs;
    this.#onRefused?.({
      limit: "load shedding",
      key: undefined,
      call,
      waitMs,
      isShadow: false,
    });
    const { delayMs, share } = this.#gauge;
    const message = `the server is overloaded: its event loop is ${Math.ceil(delayMs)} ms late (up to ${this.#targetDelayMs} ms is good), and ${Math.round(100 * share)} % of calls are refused`;
    throw createRefusal({ code: this.#code, message, waitMs });
  }
}
