// A subchannel whose health is reported as bad while its address is ejected (gRFC A61).
import type { Address } from "../../resolver/address.js";
import { ConnectivityState } from "../../subchannel/state.js";
import type { AttemptReceiver } from "../../transport/transport.js";
import type { BalancedSubchannel, HealthWatch } from "../balancer.js";
import type { Ejectable, TrackedAddress } from "./tracked-address.js";

const ejected = new Error("ejected by outlier_detection: it failed more calls than the others");

/** See the file's first line. */
export class EjectableSubchannel implements BalancedSubchannel, Ejectable {
  tracked: TrackedAddress;
  readonly #subchannel: BalancedSubchannel;
  #watch: EjectionWatch | undefined;

  /** @param create makes the real subchannel, with what is to be called when it changes. */
  constructor(
    tracked: TrackedAddress,
    changed: () => void,
    create: (changed: () => void) => BalancedSubchannel,
  ) {
    this.tracked = tracked;
    this.#subchannel = create(changed);
    tracked.subchannels.add(this);
  }

  get address(): Address {
    return this.#subchannel.address;
  }

  get state(): ConnectivityState {
    return this.#subchannel.state;
  }

  get lastError(): Error | undefined {
    return this.#subchannel.lastError;
  }

  get attempts(): number {
    return this.#subchannel.attempts;
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

  watchHealth(changed: () => void): HealthWatch {
    const watch = new EjectionWatch(this, this.#subchannel.watchHealth(changed), changed);
    this.#watch = watch;
    return watch;
  }

  release(): void {
    this.tracked.subchannels.delete(this);
    this.#subchannel.release();
  }

  get isEjected(): boolean {
    return this.tracked.ejectedAtMs !== undefined;
  }

  moveTo(tracked: TrackedAddress): void {
    this.tracked.subchannels.delete(this);
    this.tracked = tracked;
    tracked.subchannels.add(this);
    this.#watch?.changed();
  }

  eject(): void {
    this.#watch?.changed();
  }

  readmit(): void {
    this.#watch?.changed();
  }
}

/** What else reports the health of the subchannel counts while it is not ejected. */
class EjectionWatch implements HealthWatch {
  readonly changed: () => void;
  readonly #subchannel: EjectableSubchannel;
  readonly #inner: HealthWatch;
  #isClosed = false;

  constructor(subchannel: EjectableSubchannel, inner: HealthWatch, changed: () => void) {
    this.#subchannel = subchannel;
    this.#inner = inner;
    this.changed = () => {
      if (!this.#isClosed) changed();
    };
  }

  get state(): ConnectivityState {
    return this.#subchannel.isEjected ? ConnectivityState.TRANSIENT_FAILURE : this.#inner.state;
  }

  get reason(): Error | undefined {
    return this.#subchannel.isEjected ? ejected : this.#inner.reason;
  }

  close(): void {
    this.#isClosed = true;
    this.#inner.close();
  }
}
