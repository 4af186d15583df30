// outlier_detection: leaves out endpoints that fail more than the others, for a while (gRFC A50).
import type { Timer } from "@trunkline/core";
import { type Address, formatAddress } from "../../resolver/address.js";
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
  readonly #addresses = new Map<string, TrackedAddress>();
  #config: OutlierConfig | undefined;
  #timer: Timer | undefined;

  constructor(host: BalancerHost) {
    super(host);
    this.#child = new GracefulSwitch(this);
  }

  // --- as a policy

  update({ endpoints, config }: BalancerInput<OutlierConfig>): void {
    this.#follow(new Set(endpoints.flatMap(({ addresses }) => addresses.map(formatAddress))));
    const isNewInterval = this.#config?.intervalMs !== config.intervalMs;
    this.#config = config;
    if (!this.#counts()) {
      this.#stop();
    } else if (this.#timer === undefined || isNewInterval) {
      this.#schedule(config.intervalMs);
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

  #follow(listed: ReadonlySet<string>): void {
    for (const key of this.#addresses.keys()) {
      if (!listed.has(key)) {
        this.#addresses.delete(key);
      }
    }
    for (const key of listed) {
      this.#addresses.set(key, this.#addresses.get(key) ?? new TrackedAddress());
    }
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const tracked of this.#addresses.values()) {
      tracked.multiplier = 0;
      if (tracked.ejectedAtMs !== undefined) {
        tracked.readmit();
      }
    }
  }

  #schedule(intervalMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.clock.setTimer(intervalMs, () => {
      this.#schedule(intervalMs);
      this.#judge(this.#config as OutlierConfig);
    });
  }

  // --- at the end of each interval

  #judge(config: OutlierConfig): void {
    const all = [...this.#addresses.values()];
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
      const all = [...this.#addresses.values()];
      const ejected = all.filter(({ ejectedAtMs }) => ejectedAtMs !== undefined).length;
      if ((100 * ejected) / all.length >= (this.#config?.maxEjectionPercent ?? 0)) {
        return;
      }
      const isEnforced = this.random() * 100 < rule.enforcementPercentage;
      if (tracked.ejectedAtMs === undefined && isEnforced) {
        tracked.eject(this.clock.now());
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
    if (this.clock.now() >= tracked.ejectedAtMs + ejectionMs) {
      tracked.readmit();
      this.#tell("readmitted by outlier_detection", tracked);
    }
  }

  #tell(text: string, tracked: TrackedAddress): void {
    const address = [...this.#addresses].find(([, known]) => known === tracked)?.[0];
    const { successes, failures } = tracked;
    this.log.info(text, { target: this.target, address, successes, failures });
  }

  // --- as the host of its child

  override createSubchannel(address: Address, changed: () => void): BalancedSubchannel {
    const key = formatAddress(address);
    const tracked = this.#addresses.get(key) ?? new TrackedAddress();
    this.#addresses.set(key, tracked);
    return new EjectableSubchannel(tracked, changed, (told) =>
      this.outer.createSubchannel(address, told),
    );
  }

  override updatePicker(state: ConnectivityState, picker: Picker): void {
    this.outer.updatePicker(state, this.#counts() ? new CountingPicker(picker) : picker);
  }
}

/** Counts how the attempts end that another picker sends off. */
class CountingPicker implements Picker {
  readonly #picker: Picker;

  constructor(picker: Picker) {
    this.#picker = picker;
  }

  pick(call: PickedCall): Pick {
    const pick = this.#picker.pick(call);
    return pick.kind === "use" && pick.subchannel instanceof EjectableSubchannel
      ? withObserver(pick, pick.subchannel.tracked)
      : pick;
  }
}
