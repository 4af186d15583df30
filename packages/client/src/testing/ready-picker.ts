// The picker of a policy whose endpoints are all connected, without a channel: to measure and to test policies.
import { systemClock } from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import type { AnyBalancerPolicy, Pick, PickedCall, Picker } from "../balancer/balancer.js";
import { choosePolicy } from "../balancer/choose-policy.js";
import { createBalancerRegistry } from "../balancer/registry.js";
import type { Address } from "../resolver/address.js";
import type { Endpoint } from "../resolver/endpoint.js";
import { ConnectivityState } from "../subchannel/state.js";
import { BalancerBench, FakeSubchannel } from "./balancer-bench.js";

/** What `createReadyPicker` makes a picker of. */
export interface ReadyPickerOptions {
  /** As in a service config: the first policy of the list that is known. */
  readonly loadBalancingConfig: unknown;
  /** Endpoints with different addresses; each is connected on its first one. */
  readonly endpoints: readonly Endpoint[];
  /** Policies beside the built-in ones. Default none. */
  readonly balancers?: readonly AnyBalancerPolicy[] | undefined;
}

/**
 * The picker that a balancing policy makes once all endpoints are connected. Chance is `Math.random`;
 * the clock is the system's, its timers never fire.
 * @throws {UsageError} when the config is wrong.
 * @example
 * const picker = createReadyPicker({ loadBalancingConfig: [{ round_robin: {} }], endpoints });
 * picker.pick({ path: "/a.B/C", metadata: undefined });
 */
export function createReadyPicker(options: ReadyPickerOptions): Picker {
  const { loadBalancingConfig, endpoints, balancers } = options;
  const registry = createBalancerRegistry(balancers);
  const { policy, config } = choosePolicy(loadBalancingConfig, "loadBalancingConfig", registry);
  const bench = new EagerBench({ ...policy, parseConfig: () => config });
  bench.updateEndpoints(endpoints);
  bench.balancer.exitIdle();
  return { pick: (call) => bench.pickReady(call) };
}

/** Shows the time that it is: policies ask for it, and that is part of what a pick costs. */
class RunningClock extends FakeClock {
  override now(): number {
    return systemClock.now();
  }
}

/** Connections are there as soon as they are asked for. */
class EagerBench extends BalancerBench<unknown> {
  override readonly clock: FakeClock = new RunningClock();

  override random(): number {
    return Math.random();
  }

  override createSubchannel(address: Address, changed: () => void): FakeSubchannel {
    const subchannel = new EagerSubchannel(address, changed);
    this.made.push(subchannel);
    return subchannel;
  }

  /** Policies that connect when they are asked have connected when they are asked again. */
  pickReady(call: PickedCall): Pick {
    const pick = this.pick(call);
    return pick.kind === "wait" ? this.pick(call) : pick;
  }
}

class EagerSubchannel extends FakeSubchannel {
  override connect(): void {
    super.connect();
    if (this.state === ConnectivityState.CONNECTING) {
      this.enter(ConnectivityState.READY);
    }
  }
}
