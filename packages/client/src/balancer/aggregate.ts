// What many children make together: READY if one is, else CONNECTING, IDLE, TRANSIENT_FAILURE, in this order.
import { Code, RpcError } from "@trunkline/core";
import { ConnectivityState } from "../subchannel/state.js";
import type { BalancerHost, ConnectionAccount, Pick, PickedCall, Picker } from "./balancer.js";
import { ConnectionFailure, WaitingForConnection } from "./explain.js";

/** A child of a policy, as far as its parent's state depends on it. */
export interface Reporter {
  readonly state: ConnectivityState;
  readonly picker: Picker;
}

const order = [
  ConnectivityState.READY,
  ConnectivityState.CONNECTING,
  ConnectivityState.IDLE,
  ConnectivityState.TRANSIENT_FAILURE,
] as const;

/** The state of a policy with these children; TRANSIENT_FAILURE when there are none. */
export function aggregateState(children: Iterable<Reporter>): ConnectivityState {
  const states = new Set<ConnectivityState>();
  for (const { state } of children) {
    states.add(state);
  }
  return order.find((state) => states.has(state)) ?? ConnectivityState.TRANSIENT_FAILURE;
}

/** Tells the host of a policy that spreads calls over READY children what the children are up to. */
export function publishAggregate<Child extends Reporter>(
  host: BalancerHost,
  children: Iterable<Child>,
  toPicker: (ready: readonly Child[]) => Picker,
): void {
  const all = [...children];
  const state = aggregateState(all);
  switch (state) {
    case ConnectivityState.READY:
      host.updatePicker(state, toPicker(all.filter((child) => child.state === state)));
      return;
    case ConnectivityState.TRANSIENT_FAILURE:
      host.updatePicker(state, all.length === 0 ? noEndpoints(host) : failingPicker(host, all));
      return;
    default:
      host.updatePicker(state, new WaitingForConnection(host, () => accountsOf(all)));
  }
}

/** Fails calls because nothing was found. */
export function noEndpoints(host: BalancerHost): Picker {
  const text = `no connection to "${host.target}": the resolver found no addresses`;
  return new FailingPicker(new RpcError(Code.UNAVAILABLE, text));
}

/** Each call fails with an error of its own like the one given, unless it waits for readiness. */
export class FailingPicker implements Picker {
  readonly #error: RpcError;

  constructor(error: RpcError) {
    this.#error = error;
  }

  pick(): Pick {
    const { code, message, cause } = this.#error;
    return { kind: "fail", error: new RpcError(code, message, { cause }) };
  }
}

/** How the connections of all children are doing. */
export function accountsOf(children: Iterable<Reporter>): readonly ConnectionAccount[] {
  return Array.from(children).flatMap(({ picker }) => picker.explain?.() ?? []);
}

/** One text for all connections, where that is all there is to say. */
function failingPicker(host: BalancerHost, children: readonly Reporter[]): Picker {
  return children.every(({ picker }) => picker.explain !== undefined)
    ? new ConnectionFailure(host, () => accountsOf(children))
    : new FailingChildren(children);
}

/** Each call hears of another child's failure, so that all causes are seen sooner or later. */
class FailingChildren implements Picker {
  readonly #children: readonly Reporter[];
  #next = 0;

  constructor(children: readonly Reporter[]) {
    this.#children = children;
  }

  pick(call: PickedCall): Pick {
    this.#next = (this.#next + 1) % this.#children.length;
    const child = this.#children[this.#next] as Reporter;
    return child.picker.pick(call);
  }
}
