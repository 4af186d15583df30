// One pick_first for each endpoint: what policies that spread calls are built on (gRFC A61).
import type { Endpoint } from "../resolver/endpoint.js";
import { endpointKey } from "../resolver/endpoint.js";
import { ConnectivityState } from "../subchannel/state.js";
import type { BalancerHost, Picker } from "./balancer.js";
import { Child } from "./child.js";
import { type PickFirstConfig, pickFirst } from "./policy/pick-first.js";

/** One endpoint and the policy that keeps a connection to it. */
export interface EndpointChild<Memory = undefined> {
  readonly endpoint: Endpoint;
  /** What the policy remembers of it while it is listed. */
  readonly memory: Memory;
  readonly state: ConnectivityState;
  readonly picker: Picker;
  /** Connects when IDLE. */
  exitIdle(): void;
}

/** What differs between the policies that have one child for each endpoint. */
export interface EndpointSetOptions<Memory> {
  /** Whether children connect by themselves whenever they are IDLE. */
  readonly connects: boolean;
  /** What to remember of an endpoint that is new. */
  remember(): Memory;
  /** The host through which the endpoint connects. */
  hostOf(memory: Memory): BalancerHost;
}

const childConfig: PickFirstConfig = { shuffleAddressList: false, reportsHealth: true };

class Entry<Memory> implements EndpointChild<Memory> {
  endpoint: Endpoint;
  readonly memory: Memory;
  readonly child: Child<PickFirstConfig>;

  constructor(endpoint: Endpoint, memory: Memory, child: Child<PickFirstConfig>) {
    this.endpoint = endpoint;
    this.memory = memory;
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
export class EndpointSet<Memory = undefined> {
  readonly #host: BalancerHost;
  readonly #changed: () => void;
  readonly #options: EndpointSetOptions<Memory>;
  #entries = new Map<string, Entry<Memory>>();
  #isUpdating = false;

  /** @param changed called after each report of a child, and once after each update. */
  constructor(host: BalancerHost, changed: () => void, options: EndpointSetOptions<Memory>) {
    this.#host = host;
    this.#changed = changed;
    this.#options = options;
  }

  get children(): Iterable<EndpointChild<Memory>> {
    return this.#entries.values();
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Replaces the endpoints; one that is listed twice counts once. */
  update(endpoints: readonly Endpoint[]): void {
    const old = this.#entries;
    const entries = new Map<string, Entry<Memory>>();
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

  #create(endpoint: Endpoint): Entry<Memory> {
    const memory = this.#options.remember();
    const host = this.#options.hostOf(memory);
    const child = new Child(pickFirst, host, () => this.#told(entry));
    const entry = new Entry(endpoint, memory, child);
    return entry;
  }

  #told({ endpoint, child }: Entry<Memory>): void {
    this.#host.endpointChanged?.(endpoint, child.state);
    if (!this.#isUpdating) {
      this.#connectIfWanted(child);
      this.#changed();
    }
  }

  #connectIfWanted(child: Child<PickFirstConfig>): void {
    if (this.#options.connects && child.state === ConnectivityState.IDLE) {
      child.exitIdle();
    }
  }
}
