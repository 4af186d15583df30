// zone_preference: calls stay in the client's zone as long as enough of its endpoints can be reached, and spill over in proportion when not.
import type { Timer } from "@trunkline/core";
import type { Endpoint } from "../../resolver/endpoint.js";
import { ConnectivityState } from "../../subchannel/state.js";
import { publishAggregate } from "../aggregate.js";
import type {
  Balancer,
  BalancerHost,
  BalancerInput,
  BalancerPolicy,
  Pick,
  PickedCall,
  Picker,
} from "../balancer.js";
import type { BalancerRegistry } from "../choose-policy.js";
import { NamedChild } from "../named-children.js";
import { parseZoneConfig, type ZoneConfig } from "./zone-config.js";
import { ZoneHealth } from "./zone-health.js";

/** The zone has this long to connect before calls go elsewhere, milliseconds: as long as a child of priority has. */
const failoverMs = 10_000;
/** Connections to other zones that are not needed are kept this long, milliseconds. */
const retentionMs = 15 * 60_000;

/**
 * The policy `zone_preference`, whose children come from `registry`.
 * @param ownZone the channel's zone, for configs that name none.
 */
export function createZonePreference(
  registry: BalancerRegistry,
  ownZone: string | undefined,
): BalancerPolicy<ZoneConfig> {
  return {
    name: "zone_preference",
    parseConfig: (json, path) => parseZoneConfig(json, path, registry),
    create: (host) => new ZonePreference(host, ownZone),
  };
}

class ZonePreference implements Balancer<ZoneConfig> {
  readonly #host: BalancerHost;
  readonly #ownZone: string | undefined;
  readonly #health: ZoneHealth;
  readonly #near: NamedChild;
  /** Made when it is needed. */
  #far: NamedChild | undefined;
  #farEndpoints: readonly Endpoint[] = [];
  #config!: ZoneConfig;
  /** Runs while the zone has a chance to connect. */
  #chance: Timer | undefined;
  #hadChance = false;
  #retention: Timer | undefined;
  #isUpdating = false;
  #spills = false;

  constructor(host: BalancerHost, ownZone: string | undefined) {
    this.#host = host;
    this.#ownZone = ownZone;
    this.#health = new ZoneHealth(host, () => this.#choose());
    this.#near = new NamedChild("near", this.#health, () => this.#choose());
  }

  update({ endpoints, config }: BalancerInput<ZoneConfig>): void {
    this.#config = config;
    const zone = config.zone ?? this.#ownZone;
    const inZone = endpoints.filter((endpoint) => endpoint.zone === zone);
    const isPreferred = zone !== undefined && inZone.length >= config.minEndpoints;
    const near = isPreferred ? inZone : endpoints;
    this.#farEndpoints = isPreferred ? endpoints.filter((it) => it.zone !== zone) : [];
    this.#isUpdating = true;
    this.#health.follow(near);
    this.#near.update(forChild("near", near), config.child);
    if (this.#farEndpoints.length === 0) {
      this.#closeFar();
    }
    this.#far?.update(forChild("far", this.#farEndpoints), config.child);
    this.#isUpdating = false;
    this.#choose();
  }

  exitIdle(): void {
    this.#near.exitIdle();
    this.#far?.exitIdle();
  }

  close(): void {
    this.#chance?.cancel();
    this.#near.close();
    this.#closeFar();
  }

  #closeFar(): void {
    this.#retention?.cancel();
    this.#retention = undefined;
    this.#far?.close();
    this.#far = undefined;
  }

  #choose(): void {
    if (this.#isUpdating) {
      return;
    }
    this.#giveChance();
    const share = this.#shareOfZone();
    this.#tell(share);
    if (share >= 1 || this.#farEndpoints.length === 0) {
      this.#retireFar();
      this.#host.updatePicker(this.#near.state, this.#near.picker);
      return;
    }
    this.#publishBoth(this.#needFar(), share);
  }

  /** What of the calls stays in the zone, 0 to 1. */
  #shareOfZone(): number {
    const { size, healthy } = this.#health;
    const { state } = this.#near;
    const isLost =
      state === ConnectivityState.TRANSIENT_FAILURE ||
      (state === ConnectivityState.CONNECTING && this.#hadChance);
    return isLost || size === 0
      ? 0
      : Math.min(1, (100 * healthy) / (size * this.#config.minHealthyPercent));
  }

  #giveChance(): void {
    if (this.#near.state !== ConnectivityState.CONNECTING) {
      this.#chance?.cancel();
      this.#chance = undefined;
      this.#hadChance = false;
    } else if (!this.#hadChance) {
      this.#chance ??= this.#host.clock.setTimer(failoverMs, () => {
        this.#chance = undefined;
        this.#hadChance = true;
        this.#choose();
      });
    }
  }

  #needFar(): NamedChild {
    this.#retention?.cancel();
    this.#retention = undefined;
    if (this.#far === undefined) {
      this.#isUpdating = true;
      this.#far = new NamedChild("far", this.#host, () => this.#choose());
      this.#far.update(forChild("far", this.#farEndpoints), this.#config.child);
      this.#far.exitIdle();
      this.#isUpdating = false;
    }
    return this.#far;
  }

  #retireFar(): void {
    if (this.#far !== undefined) {
      this.#retention ??= this.#host.clock.setTimer(retentionMs, () => this.#closeFar());
    }
  }

  #publishBoth(far: NamedChild, share: number): void {
    const near = this.#near;
    publishAggregate(this.#host, [near, far], (ready) =>
      ready.length === 2
        ? new SplitPicker(near.picker, far.picker, share, this.#host)
        : onlyOf(ready),
    );
  }

  #tell(share: number): void {
    const spills = share < 1 && this.#farEndpoints.length > 0;
    if (spills !== this.#spills) {
      this.#spills = spills;
      const text = spills ? "calls spill over to other zones" : "calls stay in the zone again";
      const { size, healthy } = this.#health;
      const zone = this.#config.zone ?? this.#ownZone;
      this.#host.log.info(text, { target: this.#host.target, zone, endpoints: size, healthy });
    }
  }
}

const onlyOf = (ready: readonly NamedChild[]): Picker => (ready[0] as NamedChild).picker;

function forChild(name: string, endpoints: readonly Endpoint[]): readonly Endpoint[] {
  return endpoints.map((endpoint) => ({ ...endpoint, path: [name, ...(endpoint.path ?? [])] }));
}

/** Keeps a share of the calls in the zone, by chance. */
class SplitPicker implements Picker {
  readonly #near: Picker;
  readonly #far: Picker;
  readonly #share: number;
  readonly #host: BalancerHost;

  constructor(near: Picker, far: Picker, share: number, host: BalancerHost) {
    this.#near = near;
    this.#far = far;
    this.#share = share;
    this.#host = host;
  }

  pick(call: PickedCall): Pick {
    return this.#host.random() < this.#share ? this.#near.pick(call) : this.#far.pick(call);
  }
}
