// pick_first: tries the addresses in order and stays with the first that connects (gRFC A62 for failures).
import { Code, RpcError } from "@trunkline/core";
import { type Address, formatAddress } from "../resolver/address.js";
import { ConnectivityState } from "../subchannel/state.js";
import type {
  BalancedSubchannel,
  Balancer,
  BalancerHost,
  BalancerInput,
  BalancerPolicy,
  Pick,
  Picker,
} from "./balancer.js";

/** The policy; its config has no fields yet. */
export const pickFirst: BalancerPolicy<undefined> = {
  name: "pick_first",
  parseConfig: () => undefined,
  create: (host) => new PickFirst(host),
};

class PickFirst implements Balancer<undefined> {
  readonly #host: BalancerHost;
  #addresses: readonly Address[] = [];
  #subchannels: BalancedSubchannel[] = [];
  #selected: BalancedSubchannel | undefined;
  /** Position of the address that is tried now in the first pass; past the end once all have failed. */
  #position = 0;
  #failingSinceMs: number | undefined;
  #closed = false;

  constructor(host: BalancerHost) {
    this.#host = host;
  }

  update(input: BalancerInput<undefined>): void {
    const addresses = input.endpoints.flatMap((endpoint) => endpoint.addresses);
    this.#addresses = addresses;
    if (addresses.length === 0) {
      this.#publishNoAddresses();
      return;
    }
    if (this.#selected !== undefined) {
      const kept = formatAddress(this.#selected.address);
      if (addresses.some((address) => formatAddress(address) === kept)) {
        return;
      }
    }
    if (this.#subchannels.length > 0 && this.#sameAddresses(addresses)) {
      return;
    }
    const wasIdle = this.#subchannels.length === 0 && this.#selected === undefined;
    this.#releaseAll();
    if (wasIdle && this.#failingSinceMs === undefined) {
      this.#publishIdle();
    } else {
      this.#beginPass();
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

  #sameAddresses(addresses: readonly Address[]): boolean {
    const tried = this.#subchannels.map((subchannel) => formatAddress(subchannel.address));
    // DNS servers rotate their answers: another order is no news.
    return tried.sort().join() === addresses.map(formatAddress).sort().join();
  }

  #releaseAll(): void {
    const old = this.#subchannels;
    this.#subchannels = [];
    this.#selected = undefined;
    for (const subchannel of old) {
      subchannel.release();
    }
  }

  #beginPass(): void {
    this.#position = 0;
    this.#subchannels = this.#addresses.map((address): BalancedSubchannel => {
      const subchannel: BalancedSubchannel = this.#host.createSubchannel(address, () => {
        this.#subchannelChanged(subchannel);
      });
      return subchannel;
    });
    this.#tryNext();
  }

  #tryNext(): void {
    const next = this.#subchannels[this.#position];
    if (next === undefined) {
      this.#passFailed();
      return;
    }
    if (this.#failingSinceMs === undefined) {
      const why = `a connection to ${formatAddress(next.address)}`;
      this.#host.updatePicker(ConnectivityState.CONNECTING, {
        pick: () => ({ kind: "wait", why }),
      });
    }
    next.connect();
  }

  #subchannelChanged(subchannel: BalancedSubchannel): void {
    if (this.#closed || !this.#subchannels.includes(subchannel)) {
      return;
    }
    switch (subchannel.state) {
      case ConnectivityState.READY:
        this.#select(subchannel);
        return;
      case ConnectivityState.TRANSIENT_FAILURE:
        this.#attemptFailed(subchannel);
        return;
      case ConnectivityState.IDLE:
        this.#becameIdle(subchannel);
        return;
      default:
        return;
    }
  }

  #select(subchannel: BalancedSubchannel): void {
    this.#failingSinceMs = undefined;
    const others = this.#subchannels.filter((other) => other !== subchannel);
    this.#subchannels = [subchannel];
    this.#selected = subchannel;
    for (const other of others) {
      other.release();
    }
    const pick = { kind: "use", subchannel } as const;
    this.#host.updatePicker(ConnectivityState.READY, { pick: () => pick });
  }

  #attemptFailed(subchannel: BalancedSubchannel): void {
    if (this.#subchannels[this.#position] === subchannel) {
      this.#position += 1;
      this.#tryNext();
    } else if (this.#position >= this.#subchannels.length) {
      this.#publishFailure();
      this.#host.requestResolution();
    }
  }

  #becameIdle(subchannel: BalancedSubchannel): void {
    if (subchannel === this.#selected) {
      this.#releaseAll();
      this.#publishIdle();
      this.#host.requestResolution();
    } else if (this.#position >= this.#subchannels.length) {
      // The wait is over: try again without being asked, and keep failing calls fast until it works.
      subchannel.connect();
    }
  }

  #passFailed(): void {
    this.#failingSinceMs ??= this.#host.clock.now();
    this.#publishFailure();
    this.#host.requestResolution();
    for (const subchannel of this.#subchannels) {
      // The wait of an early address may have ended while later ones were tried.
      if (subchannel.state === ConnectivityState.IDLE) {
        subchannel.connect();
      }
    }
  }

  #publishFailure(): void {
    const picker = new FailingPicker(
      this.#host,
      this.#subchannels,
      this.#failingSinceMs ?? this.#host.clock.now(),
    );
    this.#host.updatePicker(ConnectivityState.TRANSIENT_FAILURE, picker);
  }

  #publishNoAddresses(): void {
    this.#releaseAll();
    this.#failingSinceMs ??= this.#host.clock.now();
    const text = `no connection to "${this.#host.target}": the resolver found no addresses`;
    const fail: Pick = { kind: "fail", error: new RpcError(Code.UNAVAILABLE, text) };
    this.#host.updatePicker(ConnectivityState.TRANSIENT_FAILURE, { pick: () => fail });
    this.#host.requestResolution();
  }

  #publishIdle(): void {
    this.#host.updatePicker(ConnectivityState.IDLE, {
      pick: () => {
        this.exitIdle();
        return { kind: "wait", why: "a connection" };
      },
    });
  }
}

/** Says what went wrong at each address, for how long, and when the next attempt is due. */
class FailingPicker implements Picker {
  readonly #host: BalancerHost;
  readonly #subchannels: readonly BalancedSubchannel[];
  readonly #sinceMs: number;

  constructor(host: BalancerHost, subchannels: readonly BalancedSubchannel[], sinceMs: number) {
    this.#host = host;
    this.#subchannels = subchannels;
    this.#sinceMs = sinceMs;
  }

  pick(): { kind: "fail"; error: RpcError } {
    const now = this.#host.clock.now();
    const failed = this.#subchannels.filter((subchannel) => subchannel.lastError !== undefined);
    const causes = failed.map(
      (subchannel) => `${formatAddress(subchannel.address)}: ${subchannel.lastError?.message}`,
    );
    const retryAt = Math.min(...this.#subchannels.map((subchannel) => subchannel.retryAtMs ?? now));
    const next =
      retryAt > now ? `next attempt in ${formatSeconds(retryAt - now)}` : "connecting again now";
    const text =
      `no connection to "${this.#host.target}": TRANSIENT_FAILURE for ${formatSeconds(now - this.#sinceMs)}, ` +
      `${causes.join("; ")}; ${next}`;
    return {
      kind: "fail",
      error: new RpcError(Code.UNAVAILABLE, text, { cause: failed.at(-1)?.lastError }),
    };
  }
}

/** `0.8 s` */
export function formatSeconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
