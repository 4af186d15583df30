// pick_first: races the addresses in order and stays with the first that connects (gRFC A61, A62).
import { Code, RpcError, type Timer } from "@trunkline/core";
import { type Address, formatAddress } from "../../resolver/address.js";
import { Fields } from "../../service-config/field.js";
import { ConnectivityState } from "../../subchannel/state.js";
import type {
  BalancedSubchannel,
  Balancer,
  BalancerHost,
  BalancerInput,
  BalancerPolicy,
  ConnectionAccount,
  HealthWatch,
  Pick,
} from "../balancer.js";
import { ConnectionFailure, WaitingForConnection } from "../explain.js";
import { orderAddresses, shuffleEndpoints } from "./address-order.js";

/** Config of pick_first (gRFC A62). */
export interface PickFirstConfig {
  /** Whether the endpoints are tried in random order, by weight where they have one. Default false. */
  readonly shuffleAddressList: boolean;
  /**
   * Whether the health of the chosen subchannel makes the state; for policies that have a pick_first for
   * each endpoint, and not to be had by config (gRFC A61). Default false.
   */
  readonly reportsHealth?: boolean;
}

/** The policy `pick_first`. */
export const pickFirst: BalancerPolicy<PickFirstConfig> = {
  name: "pick_first",
  parseConfig: (json, path) => {
    return { shuffleAddressList: new Fields(json, path).boolean("shuffleAddressList") ?? false };
  },
  create: (host) => new PickFirst(host),
};

/** How long one attempt has before the next address is tried beside it, milliseconds (RFC 8305 s5, gRFC A61). */
const attemptDelayMs = 250;

/** An address that no call has asked for yet. */
const untried = {
  state: ConnectivityState.IDLE,
  lastError: undefined,
  attempts: 0,
  retryAtMs: undefined,
  failingSinceMs: undefined,
};

class PickFirst implements Balancer<PickFirstConfig> {
  readonly #host: BalancerHost;
  #addresses: readonly Address[] = [];
  #subchannels: BalancedSubchannel[] = [];
  #selected: BalancedSubchannel | undefined;
  #health: HealthWatch | undefined;
  #reportsHealth = false;
  /** How many addresses have been tried in the first pass. */
  #position = 0;
  #delay: Timer | undefined;
  /** All addresses have failed since this time; calls fail until one connects. */
  #failingSinceMs: number | undefined;
  #failuresSinceResolution = 0;
  /** When each subchannel came into its state. */
  readonly #changedMs = new WeakMap<BalancedSubchannel, number>();
  /** Why the connection was lost that worked before. */
  #loss: Error | undefined;
  #closed = false;

  constructor(host: BalancerHost) {
    this.#host = host;
  }

  update({ endpoints, config }: BalancerInput<PickFirstConfig>): void {
    const order = config.shuffleAddressList
      ? shuffleEndpoints(endpoints, () => this.#host.random())
      : endpoints;
    this.#addresses = orderAddresses(order);
    this.#reportsHealth = config.reportsHealth === true;
    if (this.#addresses.length === 0) {
      this.#foundNothing();
    } else if (!this.#isStillGood()) {
      this.#beginAnew();
    }
  }

  exitIdle(): void {
    if (this.#subchannels.length === 0 && this.#addresses.length > 0 && !this.#closed) {
      this.#beginPass();
    }
  }

  close(): void {
    this.#closed = true;
    this.#releaseAll();
  }

  /** Whether what is there serves the new list as well. */
  #isStillGood(): boolean {
    const listed = this.#addresses.map(formatAddress);
    if (this.#selected !== undefined) {
      return listed.includes(formatAddress(this.#selected.address));
    }
    const tried = this.#subchannels.map((subchannel) => formatAddress(subchannel.address));
    // DNS servers rotate their answers: another order is no news.
    return tried.length > 0 && tried.sort().join() === listed.sort().join();
  }

  #beginAnew(): void {
    const wasIdle = this.#subchannels.length === 0 && this.#failingSinceMs === undefined;
    // Released last: attempts under way, connections and waits go over to the new ones.
    const old = this.#takeAll();
    wasIdle ? this.#publishIdle() : this.#beginPass();
    releaseEach(old);
  }

  #releaseAll(): void {
    releaseEach(this.#takeAll());
  }

  #takeAll(): readonly BalancedSubchannel[] {
    const old = this.#subchannels;
    this.#delay?.cancel();
    this.#health?.close();
    this.#health = undefined;
    this.#subchannels = [];
    this.#selected = undefined;
    return old;
  }

  #beginPass(): void {
    this.#position = 0;
    this.#failuresSinceResolution = 0;
    this.#subchannels = this.#addresses.map((address): BalancedSubchannel => {
      const subchannel: BalancedSubchannel = this.#host.createSubchannel(address, () => {
        this.#subchannelChanged(subchannel);
      });
      return subchannel;
    });
    this.#tryNext();
  }

  #tryNext(): void {
    this.#delay?.cancel();
    const next = this.#subchannels[this.#position];
    if (next === undefined) {
      this.#passTried();
      return;
    }
    this.#position += 1;
    if (this.#failingSinceMs === undefined) {
      const picker = new WaitingForConnection(this.#host, () => this.#accounts());
      this.#host.updatePicker(ConnectivityState.CONNECTING, picker);
    }
    if (this.#position < this.#subchannels.length) {
      this.#delay = this.#host.clock.setTimer(attemptDelayMs, () => this.#tryNext());
    }
    next.connect();
  }

  /** All addresses have been tried; some attempts may still be under way. */
  #passTried(): void {
    const failed = this.#subchannels.every((subchannel) => subchannel.lastError !== undefined);
    if (failed && this.#failingSinceMs === undefined) {
      this.#failingSinceMs = this.#host.clock.now();
    }
    if (failed) {
      this.#publishFailure();
      this.#host.requestResolution();
      this.#failuresSinceResolution = 0;
    }
    for (const subchannel of this.#subchannels) {
      // The wait of an early address may have ended while later ones were tried.
      if (subchannel.state === ConnectivityState.IDLE) {
        subchannel.connect();
      }
    }
  }

  #subchannelChanged(subchannel: BalancedSubchannel): void {
    if (this.#closed || !this.#subchannels.includes(subchannel)) {
      return;
    }
    this.#changedMs.set(subchannel, this.#host.clock.now());
    if (subchannel.state === ConnectivityState.READY) {
      this.#select(subchannel);
    } else if (subchannel === this.#selected && subchannel.state !== ConnectivityState.IDLE) {
      this.#selectedFails();
    } else if (subchannel.state === ConnectivityState.TRANSIENT_FAILURE) {
      this.#attemptFailed(subchannel);
    } else if (subchannel.state === ConnectivityState.IDLE) {
      this.#becameIdle(subchannel);
    }
  }

  #select(subchannel: BalancedSubchannel): void {
    this.#delay?.cancel();
    this.#failingSinceMs = undefined;
    this.#loss = undefined;
    const others = this.#subchannels.filter((other) => other !== subchannel);
    this.#subchannels = [subchannel];
    this.#selected = subchannel;
    for (const other of others) {
      other.release();
    }
    this.#health = this.#reportsHealth
      ? subchannel.watchHealth(() => this.#publishSelected(subchannel))
      : undefined;
    this.#publishSelected(subchannel);
  }

  #publishSelected(subchannel: BalancedSubchannel): void {
    if (subchannel !== this.#selected) {
      return;
    }
    const { state, reason } = this.#health ?? { state: ConnectivityState.READY, reason: undefined };
    if (state === ConnectivityState.TRANSIENT_FAILURE) {
      this.#host.updatePicker(state, {
        pick: () => ({ kind: "fail", error: toHealthError(this.#host, subchannel, reason) }),
      });
      return;
    }
    const pick: Pick =
      state === ConnectivityState.READY
        ? { kind: "use", subchannel }
        : { kind: "wait", why: `a health report of ${formatAddress(subchannel.address)}` };
    this.#host.updatePicker(state, { pick: () => pick });
  }

  /** It had several connections; another attempt was under way, or had failed, when the last one was lost (gRFC A105). */
  #selectedFails(): void {
    const old = this.#takeAll();
    this.#host.requestResolution();
    this.#beginPass();
    releaseEach(old);
  }

  #attemptFailed(subchannel: BalancedSubchannel): void {
    if (this.#position < this.#subchannels.length) {
      // Only the newest attempt's failure hurries the next one; an older one that fails late changes nothing.
      if (this.#subchannels[this.#position - 1] === subchannel) {
        this.#tryNext();
      }
      return;
    }
    if (this.#failingSinceMs === undefined) {
      this.#passTried();
      return;
    }
    this.#publishFailure();
    this.#failuresSinceResolution += 1;
    if (this.#failuresSinceResolution >= this.#subchannels.length) {
      this.#failuresSinceResolution = 0;
      this.#host.requestResolution();
    }
  }

  #becameIdle(subchannel: BalancedSubchannel): void {
    if (subchannel === this.#selected) {
      this.#loss = subchannel.lastError;
      this.#releaseAll();
      this.#publishIdle();
      this.#host.requestResolution();
    } else if (this.#position >= this.#subchannels.length) {
      // The wait is over: try again without being asked, and keep failing calls fast until it works.
      subchannel.connect();
    }
  }

  #publishFailure(): void {
    const picker = new ConnectionFailure(this.#host, () => this.#accounts());
    this.#host.updatePicker(ConnectivityState.TRANSIENT_FAILURE, picker);
  }

  #accounts(): readonly ConnectionAccount[] {
    const now = this.#host.clock.now();
    if (this.#subchannels.length === 0) {
      return this.#addresses.map((address) => ({ ...untried, address, sinceMs: now }));
    }
    return this.#subchannels.map((subchannel) => ({
      address: subchannel.address,
      state: subchannel.state,
      sinceMs: this.#changedMs.get(subchannel) ?? now,
      lastError: subchannel.lastError ?? this.#loss,
      attempts: subchannel.attempts,
      retryAtMs: subchannel.retryAtMs,
      failingSinceMs: this.#failingSinceMs,
    }));
  }

  #foundNothing(): void {
    this.#releaseAll();
    this.#failingSinceMs ??= this.#host.clock.now();
    const text = `no connection to "${this.#host.target}": the resolver found no addresses`;
    const fail: Pick = { kind: "fail", error: new RpcError(Code.UNAVAILABLE, text) };
    this.#host.updatePicker(ConnectivityState.TRANSIENT_FAILURE, { pick: () => fail });
    this.#host.requestResolution();
  }

  #publishIdle(): void {
    this.#host.updatePicker(ConnectivityState.IDLE, {
      explain: () => this.#accounts(),
      pick: () => {
        this.exitIdle();
        return { kind: "wait", why: "a connection" };
      },
    });
  }
}

function releaseEach(subchannels: readonly BalancedSubchannel[]): void {
  for (const subchannel of subchannels) {
    subchannel.release();
  }
}

function toHealthError(
  host: BalancerHost,
  { address }: BalancedSubchannel,
  reason: Error | undefined,
): RpcError {
  const why = reason?.message ?? "no reason is known";
  const text = `no server of "${host.target}" to use: ${formatAddress(address)} is connected, but ${why}`;
  return new RpcError(Code.UNAVAILABLE, text, { cause: reason });
}
