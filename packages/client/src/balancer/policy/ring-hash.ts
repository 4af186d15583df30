// ring_hash: calls with the same hash go to the same endpoint, as long as it can be reached (gRFC A42, A61, A76).
import { Code, isValidName, RpcError } from "@trunkline/core";
import { Fields } from "../../service-config/field.js";
import { ConnectivityState } from "../../subchannel/state.js";
import { accountsOf, noEndpoints } from "../aggregate.js";
import type {
  Balancer,
  BalancerHost,
  BalancerInput,
  BalancerPolicy,
  ConnectionAccount,
  Pick,
  PickedCall,
  Picker,
} from "../balancer.js";
import { type EndpointChild, EndpointSet } from "../endpoint-set.js";
import { WaitingForConnection } from "../explain.js";
import { HashRing, type RingSize } from "./hash-ring.js";
import { hashText } from "./xxhash64.js";

/** Config of ring_hash. */
export interface RingHashConfig extends RingSize {
  /** The metadata key whose values are hashed; empty: all calls fail (gRFC A76). */
  readonly requestHashHeader: string;
}

/** More places cost memory and time and spread no better; gRFC A42 lets clients cap it. */
const largestRing = 4096;
/** gRFC A42: what a config may ask for. */
const mostPlaces = 8_388_608;

/** The policy `ring_hash_experimental`. */
export const ringHash: BalancerPolicy<RingHashConfig> = {
  name: "ring_hash_experimental",
  parseConfig: parseRingHash,
  create: (host) => new RingHash(host),
};

function parseRingHash(json: unknown, path: string): RingHashConfig {
  const fields = new Fields(json, path);
  const minRingSize = readSize(fields, "minRingSize", 1024);
  const maxRingSize = readSize(fields, "maxRingSize", 4096);
  if (minRingSize > maxRingSize) {
    fields.refuse("minRingSize", `at most maxRingSize, which is ${maxRingSize}`);
  }
  const requestHashHeader = (fields.text("requestHashHeader") ?? "").toLowerCase();
  const isKey = isValidName(requestHashHeader) && !requestHashHeader.endsWith("-bin");
  if (requestHashHeader !== "" && !isKey) {
    fields.refuse("requestHashHeader", "a key of text metadata, one that does not end in -bin");
  }
  return {
    minRingSize: Math.min(minRingSize, largestRing),
    maxRingSize: Math.min(maxRingSize, largestRing),
    requestHashHeader,
  };
}

function readSize(fields: Fields, name: string, fallback: number): number {
  const size = fields.integer(name, 1) ?? fallback;
  return size <= mostPlaces ? size : fields.refuse(name, `a whole number from 1 to ${mostPlaces}`);
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
      new RingHashPicker(this.#ring, children, config.requestHashHeader, this.#host),
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

/** The halves of the hash that a call is picked by. */
const hash = new Uint32Array(2);

class RingHashPicker implements Picker {
  readonly explain: () => readonly ConnectionAccount[];
  readonly #ring: HashRing<EndpointChild>;
  readonly #header: string;
  readonly #host: BalancerHost;
  readonly #waiting: Pick;
  /** gRFC A76: found out once for each picker. */
  readonly #isConnecting: boolean;

  constructor(
    ring: HashRing<EndpointChild>,
    children: readonly EndpointChild[],
    header: string,
    host: BalancerHost,
  ) {
    const waiting = new WaitingForConnection(host, () => accountsOf(children));
    this.explain = waiting.explain;
    this.#ring = ring;
    this.#header = header;
    this.#host = host;
    this.#waiting = waiting.pick();
    this.#isConnecting = children.some(({ state }) => state === ConnectivityState.CONNECTING);
  }

  pick(call: PickedCall): Pick {
    if (this.#header === "") {
      return noHash(this.#host);
    }
    const values = call.metadata?.getAll(this.#header) ?? [];
    const text = values.length === 1 ? (values[0] as string) : values.join(",");
    if (text === "") {
      return this.#pickAny(call);
    }
    hashText(text, hash);
    return this.#pickByHash(call, this.#ring.find(hash[0] as number, hash[1] as number));
  }

  #pickByHash(call: PickedCall, first: number): Pick {
    for (let i = 0; i < this.#ring.size; i++) {
      const child = this.#ring.at(first + i);
      switch (child.state) {
        case ConnectivityState.READY:
          return child.picker.pick(call);
        case ConnectivityState.IDLE:
          child.exitIdle();
          return this.#waiting;
        case ConnectivityState.CONNECTING:
          return this.#waiting;
      }
    }
    return this.#ring.at(first).picker.pick(call);
  }

  /** Without a hash any READY endpoint will do; one that is IDLE on the way to it is connected for those to come (gRFC A76). */
  #pickAny(call: PickedCall): Pick {
    const first = this.#ring.find(Math.floor(this.#host.random() * 2 ** 32), 0);
    let hasAsked = this.#isConnecting;
    for (let i = 0; i < this.#ring.size; i++) {
      const child = this.#ring.at(first + i);
      if (child.state === ConnectivityState.READY) {
        return child.picker.pick(call);
      }
      if (!hasAsked && child.state === ConnectivityState.IDLE) {
        hasAsked = true;
        child.exitIdle();
      }
    }
    return hasAsked ? this.#waiting : this.#ring.at(first).picker.pick(call);
  }
}

/** gRFC A76: without a header the hash would have to come from xDS. */
function noHash(host: BalancerHost): Pick {
  const text = `ring_hash has nothing to choose a server of "${host.target}" by: its config names no requestHashHeader`;
  return { kind: "fail", error: new RpcError(Code.UNAVAILABLE, text) };
}
