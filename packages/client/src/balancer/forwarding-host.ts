// The host of a policy inside another one, as far as nothing else is said: it asks the outer policy's host.
import type { Clock, Log } from "@trunkline/core";
import type { Address } from "../resolver/address.js";
import type { Endpoint } from "../resolver/endpoint.js";
import type { ConnectivityState } from "../subchannel/state.js";
import type { BalancedSubchannel, BalancerHost, Picker } from "./balancer.js";

/** See the file's first line. */
export class ForwardingHost implements BalancerHost {
  readonly target: string;
  readonly clock: Clock;
  readonly log: Log;
  protected readonly outer: BalancerHost;

  constructor(outer: BalancerHost) {
    this.target = outer.target;
    this.clock = outer.clock;
    this.log = outer.log;
    this.outer = outer;
  }

  random(): number {
    return this.outer.random();
  }

  createSubchannel(address: Address, changed: () => void): BalancedSubchannel {
    return this.outer.createSubchannel(address, changed);
  }

  updatePicker(state: ConnectivityState, picker: Picker): void {
    this.outer.updatePicker(state, picker);
  }

  requestResolution(): void {
    this.outer.requestResolution();
  }

  endpointChanged(endpoint: Endpoint, state: ConnectivityState): void {
    this.outer.endpointChanged?.(endpoint, state);
  }
}
