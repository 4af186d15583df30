// Counts which endpoints of a zone can be reached, by what the policies below say of each.
import { type Endpoint, endpointKey } from "../../resolver/endpoint.js";
import { ConnectivityState } from "../../subchannel/state.js";
import type { BalancerHost } from "../balancer.js";
import { ForwardingHost } from "../forwarding-host.js";

/** See the file's first line. The host of the child that has the zone's endpoints. */
export class ZoneHealth extends ForwardingHost {
  readonly #changed: () => void;
  #listed: ReadonlySet<string> = new Set();
  #failing = new Set<string>();

  constructor(outer: BalancerHost, changed: () => void) {
    super(outer);
    this.#changed = changed;
  }

  get size(): number {
    return this.#listed.size;
  }

  get healthy(): number {
    return this.#listed.size - this.#failing.size;
  }

  /** The endpoints from now on; those that were there before are as well as they were. */
  follow(endpoints: readonly Endpoint[]): void {
    const listed = new Set(endpoints.map(endpointKey));
    this.#failing = new Set([...this.#failing].filter((key) => listed.has(key)));
    this.#listed = listed;
  }

  /** One that has never been asked to connect, or has not failed yet, counts as healthy. */
  override endpointChanged(endpoint: Endpoint, state: ConnectivityState): void {
    const key = endpointKey(endpoint);
    const isFailing = state === ConnectivityState.TRANSIENT_FAILURE && this.#listed.has(key);
    if (isFailing !== this.#failing.has(key)) {
      isFailing ? this.#failing.add(key) : this.#failing.delete(key);
      this.#changed();
    }
    super.endpointChanged(endpoint, state);
  }
}
