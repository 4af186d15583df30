// peak_ewma: of two endpoints drawn at random, the one with the lower expected wait: recent latency times calls under way.
import type { Clock } from "@trunkline/core";
import { Fields } from "../../service-config/field.js";
import type {
  AttemptObserver,
  AttemptOutcome,
  BalancerHost,
  BalancerPolicy,
  Pick,
  PickedCall,
  Picker,
} from "../balancer.js";
import { withObserver } from "../observe.js";
import { createSpreadingPolicy, type ReadyEndpoint } from "../spreading.js";

/** Config of peak_ewma. */
export interface PeakEwmaConfig {
  /** How fast old latencies are forgotten, milliseconds: after this time 37 % of one are left. Default 10000. */
  readonly decayMs: number;
  /** What an endpoint is taken for before its first answer, milliseconds. Default 30. */
  readonly defaultLatencyMs: number;
}

/** The policy `peak_ewma_experimental`: power of two choices over peak-sensitive moving averages, as in Finagle. */
export const peakEwma: BalancerPolicy<PeakEwmaConfig> = createSpreadingPolicy({
  name: "peak_ewma_experimental",
  parseConfig: (json, path) => {
    const fields = new Fields(json, path);
    return {
      decayMs: fields.has("decay") ? fields.positiveDurationMs("decay") : 10_000,
      defaultLatencyMs: fields.has("defaultLatency")
        ? fields.positiveDurationMs("defaultLatency")
        : 30,
    };
  },
  remember: (host, config) => new LatencyAverage(host.clock, config),
  createPicker: (ready, { decayMs }, host) => new PeakEwmaPicker(ready, decayMs, host),
});

/** Latency of one endpoint: jumps up at once, comes down slowly. */
export class LatencyAverage {
  pending = 0;
  readonly #clock: Clock;
  #averageMs: number;
  #stampMs: number;

  constructor(clock: Clock, config: PeakEwmaConfig) {
    this.#clock = clock;
    this.#averageMs = config.defaultLatencyMs;
    this.#stampMs = clock.now();
  }

  add(latencyMs: number, decayMs: number): void {
    const now = this.#clock.now();
    const kept = Math.exp(-(now - this.#stampMs) / decayMs);
    this.#averageMs =
      latencyMs > this.#averageMs ? latencyMs : this.#averageMs * kept + latencyMs * (1 - kept);
    this.#stampMs = now;
  }

  /** What one more call costs, in milliseconds of waiting. */
  cost(decayMs: number): number {
    // Not asked for long, an endpoint becomes worth another try.
    const kept = Math.exp(-(this.#clock.now() - this.#stampMs) / decayMs);
    return this.#averageMs * kept * (this.pending + 1);
  }
}

type Choice = ReadyEndpoint<LatencyAverage>;

class PeakEwmaPicker implements Picker {
  readonly #choices: readonly Choice[];
  readonly #decayMs: number;
  readonly #host: BalancerHost;

  constructor(choices: readonly Choice[], decayMs: number, host: BalancerHost) {
    this.#choices = choices;
    this.#decayMs = decayMs;
    this.#host = host;
  }

  pick(call: PickedCall): Pick {
    const { picker, memory } = this.#choose();
    return withObserver(picker.pick(call), new Measure(memory, this.#decayMs, this.#host.clock));
  }

  #choose(): Choice {
    const choices = this.#choices;
    const first = Math.floor(this.#host.random() * choices.length);
    const a = choices[first] as Choice;
    if (choices.length === 1) {
      return a;
    }
    // Two different ones: the second is drawn from those that are left.
    const step = 1 + Math.floor(this.#host.random() * (choices.length - 1));
    const b = choices[(first + step) % choices.length] as Choice;
    return b.memory.cost(this.#decayMs) < a.memory.cost(this.#decayMs) ? b : a;
  }
}

/** Measures one attempt. */
class Measure implements AttemptObserver {
  readonly #average: LatencyAverage;
  readonly #decayMs: number;
  readonly #clock: Clock;
  #startedMs = 0;

  constructor(average: LatencyAverage, decayMs: number, clock: Clock) {
    this.#average = average;
    this.#decayMs = decayMs;
    this.#clock = clock;
  }

  started(): void {
    this.#startedMs = this.#clock.now();
    this.#average.pending += 1;
  }

  ended({ code }: AttemptOutcome): void {
    const latencyMs = this.#clock.now() - this.#startedMs;
    this.#average.pending -= 1;
    // Failing fast must not look like answering fast.
    this.#average.add(code === 0 ? latencyMs : Math.max(latencyMs, failureMs), this.#decayMs);
  }
}

/** What a failed attempt counts as, milliseconds. */
const failureMs = 1000;
