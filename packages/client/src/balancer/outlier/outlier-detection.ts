// outlier_detection: leaves out endpoints that fail more than the others, for a while (gRFC A50).
import type { Timer } from "@trunkline/core";
import { type Address, formatAddress } from "../../resolver/address.js";
import { type Endpoint, endpointKey } from "../../resolver/endpoint.js";
import type { ConnectivityState } from "../../subchannel/state.js";
import type {
  BalancedSubchannel,
  Balancer,
  BalancerHost,
  BalancerInput,
  BalancerPolicy,
  Pick,
  PickedCall,
  Picker,
} from "../balancer.js";
import type { BalancerRegistry } from "../choose-policy.js";
import { ForwardingHost } from "../forwarding-host.js";
import { GracefulSwitch } from "../graceful-switch.js";
import { withObserver } from "../observe.js";
import { EjectableSubchannel } from "./ejectable-subchannel.js";
import { findByFailures, findBySuccessRate } from "./find-outliers.js";
import { type EjectionRule, type OutlierConfig, parseOutlierConfig } from "./outlier-config.js";
import { TrackedAddress } from "./tracked-address.js";

/** The policy `outlier_detection_experimental`, whose child comes from `registry`. */
export function createOutlierDetection(registry: BalancerRegistry): BalancerPolicy<OutlierConfig> {
  return {
    name: "outlier_detection_experimental",
    parseConfig: (json, path) => parseOutlierConfig(json, path, registry),
    create: (host) => new OutlierDetection(host),
  };
}

class OutlierDetection extends ForwardingHost implements Balancer<OutlierConfig> {
  readonly #child: GracefulSwitch;
  /** By the addresses of the endpoint, in any order (gRFC A61 "Outlier Detection"). */
  #endpoints = new Map<string, TrackedAddress>();
  #byAddress = new Map<string, TrackedAddress>();
  #config: OutlierConfig | undefined;
  #timer: Timer | undefined;
  /** When the present interval began. */
  #intervalSinceMs = 0;
  /** What the child said last. */
  #told: { readonly state: ConnectivityState; readonly picker: Picker } | undefined;

  constructor(host: BalancerHost) {
    super(host);
    this.#child = new GracefulSwitch(this);
  }

  // --- as a policy

  update({ endpoints, config }: BalancerInput<OutlierConfig>): void {
    const wasCounting = this.#counts();
    this.#follow(endpoints);
    this.#config = config;
    if (this.#counts()) {
      this.#reschedule(config.intervalMs);
    } else {
      this.#stop();
    }
    if (wasCounting !== this.#counts() && this.#told !== undefined) {
      // The child may have nothing new to say, and its picker must be followed from now on, or no more.
      this.updatePicker(this.#told.state, this.#told.picker);
    }
    this.#child.update(endpoints, config.child);
  }

  exitIdle(): void {
    this.#child.exitIdle();
  }

  close(): void {
    this.#timer?.cancel();
    this.#child.close();
  }

  /** Without a rule there is nothing to count for. */
  #counts(): boolean {
    return (this.#config?.successRate ?? this.#config?.failurePercentage) !== undefined;
  }

  #follow(endpoints: readonly Endpoint[]): void {
    const old = this.#endpoints;
    this.#endpoints = new Map();
    this.#byAddress = new Map();
    for (const endpoint of endpoints) {
      const key = endpointKey(endpoint);
      const tracked = old.get(key) ?? new TrackedAddress();
      this.#endpoints.set(key, tracked);
      for (const address of endpoint.addresses) {
        this.#byAddress.set(formatAddress(address), tracked);
      }
    }
    for (const tracked of old.values()) {
      this.#moveSubchannels(tracked);
    }
  }

  /** A connection goes on when its address comes to belong to another endpoint. */
  #moveSubchannels(from: TrackedAddress): void {
    for (const subchannel of from.subchannels) {
      const to = this.#byAddress.get(formatAddress(subchannel.address));
      if (to !== undefined && to !== from) {
        subchannel.moveTo(to);
      }
    }
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const tracked of this.#endpoints.values()) {
      tracked.multiplier = 0;
      if (tracked.ejectedAtMs !== undefined) {
        tracked.readmit();
      }
    }
  }

  /** A new interval length holds for the interval that has begun already. */
  #reschedule(intervalMs: number): void {
    const now = this.clock.now();
    if (this.#timer === undefined) {
      this.#intervalSinceMs = now;
      for (const tracked of this.#endpoints.values()) {
        tracked.reset();
      }
    }
    this.#schedule(Math.max(0, this.#intervalSinceMs + intervalMs - now));
  }

  #schedule(waitMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.clock.setTimer(waitMs, () => {
      const config = this.#config as OutlierConfig;
      this.#intervalSinceMs = this.clock.now();
      this.#schedule(config.intervalMs);
      this.#judge(config);
    });
  }

  // --- at the end of each interval

  #judge(config: OutlierConfig): void {
    const all = [...this.#endpoints.values()];
    for (const tracked of all) {
      tracked.nextInterval();
    }
    if (config.successRate !== undefined) {
      this.#ejectAll(findBySuccessRate(all, config.successRate), config.successRate);
    }
    if (config.failurePercentage !== undefined) {
      this.#ejectAll(findByFailures(all, config.failurePercentage), config.failurePercentage);
    }
    for (const tracked of all) {
      this.#forgive(tracked, config);
    }
  }

  #ejectAll(outliers: readonly TrackedAddress[], rule: EjectionRule): void {
    for (const tracked of outliers) {
      const all = [...this.#endpoints.values()];
      const ejected = all.filter(({ ejectedAtMs }) => ejectedAtMs !== undefined).length;
      if ((100 * ejected) / all.length >= (this.#config?.maxEjectionPercent ?? 0)) {
        return;
      }
      if (this.random() * 100 < rule.enforcementPercentage) {
        tracked.eject(this.#intervalSinceMs);
        this.#tell("ejected by outlier_detection", tracked);
      }
    }
  }

  #forgive(tracked: TrackedAddress, config: OutlierConfig): void {
    if (tracked.ejectedAtMs === undefined) {
      tracked.multiplier = Math.max(0, tracked.multiplier - 1);
      return;
    }
    const ejectionMs = Math.min(config.baseEjectionMs * tracked.multiplier, config.maxEjectionMs);
    if (this.#intervalSinceMs >= tracked.ejectedAtMs + ejectionMs) {
      tracked.readmit();
      this.#tell("readmitted by outlier_detection", tracked);
    }
  }

  #tell(text: string, tracked: TrackedAddress): void {
    const address = [...this.#endpoints].find(([, known]) => known === tracked)?.[0];
    const { successes, failures } = tracked;
    this.log.info(text, { target: this.target, address, successes, failures });
  }

  // --- as the host of its child

  /** An address that is in no endpoint is not followed. */
  override createSubchannel(address: Address, changed: () => void): BalancedSubchannel {
    const tracked = this.#byAddress.get(formatAddress(address));
    return tracked === undefined
      ? super.createSubchannel(address, changed)
      : new EjectableSubchannel(tracked, changed, (told) => super.createSubchannel(address, told));
  }

  override updatePicker(state: ConnectivityState, picker: Picker): void {
    this.#told = { state, picker };
    super.updatePicker(state, this.#counts() ? new CountingPicker(picker) : picker);
  }
}

/** Counts how the attempts end that another picker sends off. */
class CountingPicker implements Picker {
  readonly #picker: Picker;

  constructor(picker: Picker) {
    this.#picker = picker;
  }

  /** As its picker has it: only where there is an account does an error speak of it. */
  get explain(): Picker["explain"] {
    const picker = this.#picker;
    return picker.explain && (() => picker.explain?.() ?? []);
  }

  pick(call: PickedCall): Pick {
    const pick = this.#picker.pick(call);
    return pick.kind === "use" && pick.subchannel instanceof EjectableSubchannel
      ? withObserver(pick, pick.subchannel.tracked)
      : pick;
  }
}
