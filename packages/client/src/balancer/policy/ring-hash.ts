// ring_hash: calls with the same hash go to the same endpoint, as long as it can be reached (gRFC A42, A61, A76).
import { Fields } from "../../service-config/field.js";
import { ConnectivityState } from "../../subchannel/state.js";
import { noEndpoints } from "../aggregate.js";
import type {
  Balancer,
  BalancerHost,
  BalancerInput,
  BalancerPolicy,
  Pick,
  PickedCall,
  Picker,
} from "../balancer.js";
import { type EndpointChild, EndpointSet } from "../endpoint-set.js";
import { HashRing, type RingSize } from "./hash-ring.js";
import { xxHash64 } from "./xxhash64.js";

/** Config of ring_hash. */
export interface RingHashConfig extends RingSize {
  /** The metadata key whose values are hashed; empty: calls go anywhere. */
  readonly requestHashHeader: string;
}

/** More places cost memory and time and spread no better; gRFC A42 lets clients cap it. */
const largestRing = 4096;

/** The policy `ring_hash_experimental`. */
export const ringHash: BalancerPolicy<RingHashConfig> = {
  name: "ring_hash_experimental",
  parseConfig: parseRingHash,
  create: (host) => new RingHash(host),
};

function parseRingHash(json: unknown, path: string): RingHashConfig {
  const fields = new Fields(json, path);
  const minRingSize = fields.integer("minRingSize", 1) ?? 1024;
  const maxRingSize = fields.integer("maxRingSize", 1) ?? 4096;
  if (minRingSize > maxRingSize) {
    fields.refuse("minRingSize", `at most maxRingSize, which is ${maxRingSize}`);
  }
  const requestHashHeader = (fields.text("requestHashHeader") ?? "").toLowerCase();
  if (requestHashHeader.endsWith("-bin")) {
    fields.refuse("requestHashHeader", "a key of text metadata, one that does not end in -bin");
  }
  return {
    minRingSize: Math.min(minRingSize, largestRing),
    maxRingSize: Math.min(maxRingSize, largestRing),
    requestHashHeader,
  };
}

class RingHash implements Balancer<RingHashConfig> {
  readonly #host: BalancerHost;
  readonly #endpoints: EndpointSet;
  #ring: HashRing<EndpointChild> | undefined;
  #config: RingHashConfig | undefined;

  constructor(host: BalancerHost) {
    this.#host = host;
    // Connections are made when a call needs them, not all at once.
    this.#endpoints = new EndpointSet(host, () => this.#publish(), {
      connects: false,
      remember: () => undefined,
      hostOf: () => host,
    });
  }

  update({ endpoints, config }: BalancerInput<RingHashConfig>): void {
    this.#config = config;
    this.#ring = undefined;
    this.#endpoints.update(endpoints);
  }

  exitIdle(): void {
    for (const child of this.#endpoints.children) {
      child.exitIdle();
      return;
    }
  }

  close(): void {
    this.#endpoints.close();
  }

  #publish(): void {
    const config = this.#config;
    if (config === undefined || this.#endpoints.size === 0) {
      const picker = noEndpoints(this.#host);
      this.#host.updatePicker(ConnectivityState.TRANSIENT_FAILURE, picker);
      return;
    }
    const children = [...this.#endpoints.children];
    this.#ring ??= new HashRing(
      children.map((child) => ({ endpoint: child.endpoint, member: child })),
      config,
    );
    const state = stateOf(children);
    this.#host.updatePicker(
      state,
      new RingHashPicker(this.#ring, config.requestHashHeader, this.#host),
    );
    if (state === ConnectivityState.TRANSIENT_FAILURE || state === ConnectivityState.CONNECTING) {
      connectOne(children);
    }
  }
}

/** gRFC A61 "Ring Hash": two failures are a failure, one alone is not. */
function stateOf(children: readonly EndpointChild[]): ConnectivityState {
  const count = (state: ConnectivityState): number =>
    children.filter((child) => child.state === state).length;
  const failing = count(ConnectivityState.TRANSIENT_FAILURE);
  if (count(ConnectivityState.READY) > 0) {
    return ConnectivityState.READY;
  }
  if (failing >= 2) {
    return ConnectivityState.TRANSIENT_FAILURE;
  }
  if (count(ConnectivityState.CONNECTING) > 0 || (failing === 1 && children.length > 1)) {
    return ConnectivityState.CONNECTING;
  }
  return count(ConnectivityState.IDLE) > 0
    ? ConnectivityState.IDLE
    : ConnectivityState.TRANSIENT_FAILURE;
}

/** While nothing is READY no call may come to try the others, so that one of them is tried without being asked. */
function connectOne(children: readonly EndpointChild[]): void {
  if (!children.some((child) => child.state === ConnectivityState.CONNECTING)) {
    children.find((child) => child.state === ConnectivityState.IDLE)?.exitIdle();
  }
}

const waiting: Pick = { kind: "wait", why: "a connection" };

class RingHashPicker implements Picker {
  readonly #ring: HashRing<EndpointChild>;
  readonly #header: string;
  readonly #host: BalancerHost;

  constructor(ring: HashRing<EndpointChild>, header: string, host: BalancerHost) {
    this.#ring = ring;
    this.#header = header;
    this.#host = host;
  }

  pick(call: PickedCall): Pick {
    const values = this.#header === "" ? [] : (call.metadata?.getAll(this.#header) ?? []);
    return values.length === 0
      ? this.#pickAny(call)
      : this.#pickByHash(call, xxHash64(values.join(",")));
  }

  #pickByHash(call: PickedCall, hash: bigint): Pick {
    let failing: EndpointChild | undefined;
    for (const child of this.#ring.from(hash)) {
      switch (child.state) {
        case ConnectivityState.READY:
          return child.picker.pick(call);
        case ConnectivityState.IDLE:
          child.exitIdle();
          return waiting;
        case ConnectivityState.CONNECTING:
          return waiting;
        default:
          failing ??= child;
      }
    }
    return (failing as EndpointChild).picker.pick(call);
  }

  /** Without a hash any endpoint will do: a READY one if there is one (gRFC A76). */
  #pickAny(call: PickedCall): Pick {
    const hash = BigInt(Math.floor(this.#host.random() * 2 ** 32)) << 32n;
    let idle: EndpointChild | undefined;
    let connecting = false;
    let failing: EndpointChild | undefined;
    for (const child of this.#ring.from(hash)) {
      if (child.state === ConnectivityState.READY) {
        return child.picker.pick(call);
      }
      connecting ||= child.state === ConnectivityState.CONNECTING;
      if (child.state === ConnectivityState.IDLE) {
        idle ??= child;
      } else {
        failing ??= child;
      }
    }
    if (!connecting) {
      idle?.exitIdle();
    }
    return connecting || idle !== undefined
      ? waiting
      : (failing as EndpointChild).picker.pick(call);
  }
}
