// A policy inside another one: what it reports is kept, and its parent is told; everything else goes to the parent's host.
import { ConnectivityState } from "../subchannel/state.js";
import type { Balancer, BalancerHost, BalancerInput, BalancerPolicy, Picker } from "./balancer.js";
import { ForwardingHost } from "./forwarding-host.js";

const untold: Picker = { pick: () => ({ kind: "wait", why: "the balancing policy" }) };

/** A child of one policy. */
export class Child<Config = unknown> extends ForwardingHost {
  /** What the child reported last. */
  state: ConnectivityState = ConnectivityState.CONNECTING;
  picker: Picker = untold;
  readonly #changed: (child: Child<Config>) => void;
  readonly #balancer: Balancer<Config>;
  #closed = false;

  /** @param changed called after each report. */
  constructor(
    policy: BalancerPolicy<Config>,
    parent: BalancerHost,
    changed: (child: Child<Config>) => void,
  ) {
    super(parent);
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

  override updatePicker(state: ConnectivityState, picker: Picker): void {
    if (!this.#closed) {
      this.state = state;
      this.picker = picker;
      this.#changed(this);
    }
  }

  override requestResolution(): void {
    if (!this.#closed) {
      super.requestResolution();
    }
  }
}
