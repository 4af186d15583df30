// A subchannel that looks as if it had failed while its address is ejected.
import type { Address } from "../../resolver/address.js";
import { ConnectivityState } from "../../subchannel/state.js";
import type { AttemptReceiver } from "../../transport/transport.js";
import type { BalancedSubchannel } from "../balancer.js";
import type { Ejectable, TrackedAddress } from "./tracked-address.js";

const ejected = new Error("ejected by outlier_detection: it failed more calls than the others");

/** See the file's first line. */
export class EjectableSubchannel implements BalancedSubchannel, Ejectable {
  readonly tracked: TrackedAddress;
  readonly #subchannel: BalancedSubchannel;
  readonly #changed: () => void;
  #isEjected: boolean;

  /** @param create makes the real subchannel, with what is to be called when it changes. */
  constructor(
    tracked: TrackedAddress,
    changed: () => void,
    create: (changed: () => void) => BalancedSubchannel,
  ) {
    this.tracked = tracked;
    this.#changed = changed;
    this.#isEjected = tracked.ejectedAtMs !== undefined;
    this.#subchannel = create(changed);
    tracked.subchannels.add(this);
  }

  get address(): Address {
    return this.#subchannel.address;
  }

  get state(): ConnectivityState {
    const { state } = this.#subchannel;
    return this.#isEjected && state === ConnectivityState.READY
      ? ConnectivityState.TRANSIENT_FAILURE
      : state;
  }

  get lastError(): Error | undefined {
    return this.#isEjected ? ejected : this.#subchannel.lastError;
  }

  get retryAtMs(): number | undefined {
    return this.#subchannel.retryAtMs;
  }

  get maxConcurrentCalls(): number {
    return this.#subchannel.maxConcurrentCalls;
  }

  connect(): void {
    this.#subchannel.connect();
  }

  start(call: AttemptReceiver): boolean {
    return this.#subchannel.start(call);
  }

  release(): void {
    this.tracked.subchannels.delete(this);
    this.#subchannel.release();
  }

  eject(): void {
    this.#isEjected = true;
    this.#tellIfReady();
  }

  readmit(): void {
    this.#isEjected = false;
    this.#tellIfReady();
  }

  /** Only a connection that works looks different from what it is. */
  #tellIfReady(): void {
    if (this.#subchannel.state === ConnectivityState.READY) {
      this.#changed();
    }
  }
}
