// A policy inside another one: what it reports is kept, and its parent is told; everything else goes to the parent's host.
import type { Clock, Log } from "@trunkline/core";
import type { Address } from "../resolver/address.js";
import { ConnectivityState } from "../subchannel/state.js";
import type {
  BalancedSubchannel,
  Balancer,
  BalancerHost,
  BalancerInput,
  BalancerPolicy,
  Picker,
} from "./balancer.js";

const untold: Picker = { pick: () => ({ kind: "wait", why: "the balancing policy" }) };

/** A child of one policy. */
export class Child<Config = unknown> implements BalancerHost {
  readonly target: string;
  readonly clock: Clock;
  readonly log: Log;
  /** What the child reported last. */
  state: ConnectivityState = ConnectivityState.CONNECTING;
  picker: Picker = untold;
  readonly #parent: BalancerHost;
  readonly #changed: (child: Child<Config>) => void;
  readonly #balancer: Balancer<Config>;
  #closed = false;

  /** @param changed called after each report. */
  constructor(
    policy: BalancerPolicy<Config>,
    parent: BalancerHost,
    changed: (child: Child<Config>) => void,
  ) {
    this.target = parent.target;
    this.clock = parent.clock;
    this.log = parent.log;
    this.#parent = parent;
    this.#changed = changed;
    this.#balancer = policy.create(this);
  }

  update(input: BalancerInput<Config>): void {
    this.#balancer.update(input);
  }

  exitIdle(): void {
    this.#balancer.exitIdle();
  }

  close(): void {
    this.#closed = true;
    this.#balancer.close();
  }

  random(): number {
    return this.#parent.random();
  }

  createSubchannel(address: Address, changed: () => void): BalancedSubchannel {
    return this.#parent.createSubchannel(address, changed);
  }

  updatePicker(state: ConnectivityState, picker: Picker): void {
    if (!this.#closed) {
      this.state = state;
      this.picker = picker;
      this.#changed(this);
    }
  }

  requestResolution(): void {
    if (!this.#closed) {
      this.#parent.requestResolution();
    }
  }
}
