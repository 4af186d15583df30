// One pick_first for each endpoint: what policies that spread calls are built on (gRFC A61).
import type { Endpoint } from "../resolver/endpoint.js";
import { endpointKey } from "../resolver/endpoint.js";
import { ConnectivityState } from "../subchannel/state.js";
import type { BalancerHost, Picker } from "./balancer.js";
import { Child } from "./child.js";
import { type PickFirstConfig, pickFirst } from "./policy/pick-first.js";

/** One endpoint and the policy that keeps a connection to it. */
export interface EndpointChild {
  readonly endpoint: Endpoint;
  readonly state: ConnectivityState;
  readonly picker: Picker;
  /** Connects when IDLE. */
  exitIdle(): void;
}

const childConfig: PickFirstConfig = { shuffleAddressList: false };

class Entry implements EndpointChild {
  endpoint: Endpoint;
  readonly child: Child<PickFirstConfig>;

  constructor(endpoint: Endpoint, child: Child<PickFirstConfig>) {
    this.endpoint = endpoint;
    this.child = child;
  }

  get state(): ConnectivityState {
    return this.child.state;
  }

  get picker(): Picker {
    return this.child.picker;
  }

  exitIdle(): void {
    this.child.exitIdle();
  }
}

/** The children of a policy, kept across updates as long as their endpoint is listed. */
export class EndpointSet {
  readonly #host: BalancerHost;
  readonly #changed: () => void;
  readonly #connects: boolean;
  #entries = new Map<string, Entry>();
  #isUpdating = false;

  /**
   * @param changed called after each report of a child, and once after each update.
   * @param connects whether children connect by themselves whenever they are IDLE.
   */
  constructor(host: BalancerHost, changed: () => void, connects = true) {
    this.#host = host;
    this.#changed = changed;
    this.#connects = connects;
  }

  get children(): Iterable<EndpointChild> {
    return this.#entries.values();
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Replaces the endpoints; one that is listed twice counts once. */
  update(endpoints: readonly Endpoint[]): void {
    const old = this.#entries;
    const entries = new Map<string, Entry>();
    this.#entries = entries;
    this.#isUpdating = true;
    for (const endpoint of endpoints) {
      const key = endpointKey(endpoint);
      if (endpoint.addresses.length > 0 && !entries.has(key)) {
        const entry = old.get(key) ?? this.#create(endpoint);
        old.delete(key);
        entries.set(key, entry);
        entry.endpoint = endpoint;
        entry.child.update({ endpoints: [endpoint], config: childConfig });
        this.#connectIfWanted(entry.child);
      }
    }
    for (const gone of old.values()) {
      gone.child.close();
    }
    this.#isUpdating = false;
    this.#changed();
    if (entries.size === 0) {
      this.#host.requestResolution();
    }
  }

  exitIdle(): void {
    for (const { child } of this.#entries.values()) {
      child.exitIdle();
    }
  }

  close(): void {
    const old = this.#entries;
    this.#entries = new Map();
    for (const { child } of old.values()) {
      child.close();
    }
  }

  #create(endpoint: Endpoint): Entry {
    const child = new Child(pickFirst, this.#host, (told) => this.#told(told));
    return new Entry(endpoint, child);
  }

  #told(child: Child<PickFirstConfig>): void {
    if (!this.#isUpdating) {
      this.#connectIfWanted(child);
      this.#changed();
    }
  }

  #connectIfWanted(child: Child<PickFirstConfig>): void {
    if (this.#connects && child.state === ConnectivityState.IDLE) {
      child.exitIdle();
    }
  }
}
