// A bench for balancing policies: subchannels that the test moves from state to state, a clock it turns, chance it decides.
import { type Log, silentLog } from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import type {
  BalancedSubchannel,
  Balancer,
  BalancerHost,
  BalancerPolicy,
  HealthWatch,
  Pick,
  PickedCall,
  Picker,
} from "../balancer/balancer.js";
import { type Address, formatAddress } from "../resolver/address.js";
import type { Endpoint } from "../resolver/endpoint.js";
import { ConnectivityState } from "../subchannel/state.js";
import type { AttemptReceiver } from "../transport/transport.js";

/** A subchannel that connects and fails when the test says so. */
export class FakeSubchannel implements BalancedSubchannel {
  readonly address: Address;
  state: ConnectivityState = ConnectivityState.IDLE;
  lastError: Error | undefined;
  retryAtMs: number | undefined;
  attempts = 0;
  readonly maxConcurrentCalls = 100;
  /** What watches of its health say, and who watches. */
  health: ConnectivityState = ConnectivityState.READY;
  healthReason: Error | undefined;
  readonly watchers: Set<() => void> = new Set();
  /** Every call that was begun on it. */
  readonly started: AttemptReceiver[] = [];
  readonly #changed: () => void;

  constructor(address: Address, changed: () => void) {
    this.address = address;
    this.#changed = changed;
  }

  connect(): void {
    if (this.state === ConnectivityState.IDLE) {
      this.enter(ConnectivityState.CONNECTING);
    }
  }

  start(call: AttemptReceiver): boolean {
    const isReady = this.state === ConnectivityState.READY;
    if (isReady) {
      this.started.push(call);
    }
    return isReady;
  }

  watchHealth(changed: () => void): HealthWatch {
    return new FakeHealthWatch(this, changed);
  }

  /** Health as the server reports it from now on. */
  report(health: ConnectivityState, reason?: string): void {
    this.health = health;
    this.healthReason = reason === undefined ? undefined : new Error(reason);
    for (const watcher of [...this.watchers]) {
      watcher();
    }
  }

  release(): void {
    if (this.state !== ConnectivityState.SHUTDOWN) {
      this.enter(ConnectivityState.SHUTDOWN);
    }
  }

  enter(state: ConnectivityState, error?: string): void {
    this.state = state;
    this.lastError = error === undefined ? this.lastError : new Error(error);
    this.retryAtMs = state === ConnectivityState.TRANSIENT_FAILURE ? 1500 : undefined;
    this.#changed();
  }
}

class FakeHealthWatch implements HealthWatch {
  readonly #subchannel: FakeSubchannel;
  readonly #changed: () => void;

  constructor(subchannel: FakeSubchannel, changed: () => void) {
    this.#subchannel = subchannel;
    this.#changed = changed;
    subchannel.watchers.add(changed);
  }

  get state(): ConnectivityState {
    return this.#subchannel.health;
  }

  get reason(): Error | undefined {
    return this.#subchannel.healthReason;
  }

  close(): void {
    this.#subchannel.watchers.delete(this.#changed);
  }
}

/** Addresses `a:1` for `a`, `a:1+b:1` for an endpoint with two. */
export function endpointsOf(...names: string[]): Endpoint[] {
  return names.map((name) => ({
    addresses: name.split("+").map((host): Address => ({ kind: "tcp", host, port: 1 })),
  }));
}

const anyCall: PickedCall = { path: "/a.B/C", metadata: undefined };

/** See the file's first line. */
export class BalancerBench<Config> implements BalancerHost {
  readonly target = "dns:///users";
  readonly clock: FakeClock = new FakeClock(1000);
  readonly log: Log = silentLog;
  readonly made: FakeSubchannel[] = [];
  readonly balancer: Balancer<Config>;
  state: ConnectivityState = ConnectivityState.IDLE;
  resolutions = 0;
  /** What `random` answers, the last one for ever. */
  chance: number[] = [0];
  readonly #config: Config;
  #picker: Picker | undefined;

  constructor(policy: BalancerPolicy<Config>, json: unknown = {}) {
    this.#config = policy.parseConfig(json, "config");
    this.balancer = policy.create(this);
  }

  random(): number {
    return (this.chance.length > 1 ? this.chance.shift() : this.chance[0]) ?? 0;
  }

  createSubchannel(address: Address, changed: () => void): FakeSubchannel {
    const subchannel = new FakeSubchannel(address, changed);
    this.made.push(subchannel);
    return subchannel;
  }

  updatePicker(state: ConnectivityState, picker: Picker): void {
    this.state = state;
    this.#picker = picker;
  }

  requestResolution(): void {
    this.resolutions++;
  }

  /** Gives the policy these hosts. */
  update(...hosts: string[]): void {
    this.updateEndpoints(endpointsOf(...hosts));
  }

  updateEndpoints(endpoints: readonly Endpoint[]): void {
    this.balancer.update({ endpoints, config: this.#config });
  }

  pick(call: PickedCall = anyCall): Pick {
    if (this.#picker === undefined) {
      throw new Error("the policy has not published a picker");
    }
    return this.#picker.pick(call);
  }

  /** The hosts that `count` calls are sent to; the kind of pick where there is none. */
  picks(count: number, call: PickedCall = anyCall): string[] {
    return Array.from({ length: count }, () => {
      const pick = this.pick(call);
      return pick.kind === "use" ? hostOf(pick.subchannel.address) : pick.kind;
    });
  }

  /** The newest live subchannel of a host. */
  at(host: string): FakeSubchannel {
    const found = this.made.findLast(
      (made) => made.state !== ConnectivityState.SHUTDOWN && hostOf(made.address) === host,
    );
    if (found === undefined) {
      throw new Error(`no subchannel of ${host}; there are ${this.live.join(", ")}`);
    }
    return found;
  }

  /** Connects what is CONNECTING to these hosts. */
  connect(...hosts: string[]): void {
    for (const host of hosts) {
      this.at(host).enter(ConnectivityState.READY);
    }
  }

  /** Address and state of each live subchannel. */
  get live(): string[] {
    return this.made
      .filter((made) => made.state !== ConnectivityState.SHUTDOWN)
      .map((made) => `${formatAddress(made.address)} ${made.state}`);
  }
}

function hostOf(address: Address): string {
  return address.kind === "tcp" ? address.host : address.path;
}
