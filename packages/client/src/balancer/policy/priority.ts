// priority: the first child that works serves; the next ones stand by (gRFC A56).
import { Code, RpcError, type Timer } from "@trunkline/core";
import type { Endpoint } from "../../resolver/endpoint.js";
import { Fields } from "../../service-config/field.js";
import { ConnectivityState } from "../../subchannel/state.js";
import { FailingPicker } from "../aggregate.js";
import type { Balancer, BalancerHost, BalancerInput, BalancerPolicy } from "../balancer.js";
import { type BalancerRegistry, type ChosenPolicy, choosePolicy } from "../choose-policy.js";
import { ForwardingHost } from "../forwarding-host.js";
import { NamedChild } from "../named-children.js";

/** Config of one child of priority. */
export interface PriorityChild extends ChosenPolicy {
  /** Whether names are not resolved anew when this child asks for it (gRFC A37). Default false. */
  readonly ignoresResolutionRequests?: boolean;
}

/** Config of priority. */
export interface PriorityConfig {
  readonly children: ReadonlyMap<string, PriorityChild>;
  /** Names of children, the most wanted first. */
  readonly priorities: readonly string[];
}

/** A child has this long to connect before the next one is tried, milliseconds. */
const failoverMs = 10_000;
/** A child that is not needed is kept this long, milliseconds. */
const retentionMs = 15 * 60_000;

/** The policy `priority_experimental`, whose children come from `registry`. */
export function createPriority(registry: BalancerRegistry): BalancerPolicy<PriorityConfig> {
  return {
    name: "priority_experimental",
    parseConfig: (json, path) => parsePriority(new Fields(json, path), registry),
    create: (host) => new Priority(host),
  };
}

function parsePriority(fields: Fields, registry: BalancerRegistry): PriorityConfig {
  const given = fields.object("children") ?? fields.refuse("children", "an object of children");
  const children = new Map(
    given.names.map((name) => {
      const child = new Fields(given.get(name), given.at(name));
      const chosen = choosePolicy(child.get("config"), child.at("config"), registry);
      const ignoresResolutionRequests = child.boolean("ignoreReresolutionRequests") ?? false;
      return [name, { ...chosen, ignoresResolutionRequests }];
    }),
  );
  const priorities = fields.list("priorities").map((name) => {
    const isKnown = typeof name === "string" && children.has(name);
    return isKnown ? name : fields.refuse("priorities", "a list of names of children");
  });
  return { children, priorities };
}

/** A child and what is known of its chances. */
class Candidate {
  readonly child: NamedChild;
  /** Runs while it has a chance: after its creation, and when a connection that worked is made anew. */
  failover: Timer | undefined;
  /** It was READY or IDLE and has not failed since. */
  hasWorked = false;
  retention: Timer | undefined;

  constructor(child: NamedChild) {
    this.child = child;
  }

  /** Whether calls should rather wait for it than go to the next one. */
  get isPromising(): boolean {
    const { state } = this.child;
    return (
      state === ConnectivityState.READY ||
      state === ConnectivityState.IDLE ||
      (state === ConnectivityState.CONNECTING && this.failover !== undefined)
    );
  }

  stopTimers(): void {
    this.failover?.cancel();
    this.failover = undefined;
    this.retention?.cancel();
    this.retention = undefined;
  }
}

/** The host of one child: need not hand on that addresses may be out of date. */
class ChildHost extends ForwardingHost {
  readonly #isQuiet: () => boolean;

  constructor(outer: BalancerHost, isQuiet: () => boolean) {
    super(outer);
    this.#isQuiet = isQuiet;
  }

  override requestResolution(): void {
    if (!this.#isQuiet()) {
      super.requestResolution();
    }
  }
}

class Priority implements Balancer<PriorityConfig> {
  readonly #host: BalancerHost;
  readonly #candidates = new Map<string, Candidate>();
  #config: PriorityConfig = { children: new Map(), priorities: [] };
  #endpoints: readonly Endpoint[] = [];
  #isUpdating = false;

  constructor(host: BalancerHost) {
    this.#host = host;
  }

  update({ endpoints, config }: BalancerInput<PriorityConfig>): void {
    this.#config = config;
    this.#endpoints = endpoints;
    this.#isUpdating = true;
    for (const [name, candidate] of this.#candidates) {
      const child = config.children.get(name);
      if (child === undefined || !config.priorities.includes(name)) {
        this.#retire(name, candidate);
      } else {
        candidate.child.update(endpoints, child);
      }
    }
    this.#isUpdating = false;
    this.#choose();
  }

  exitIdle(): void {
    for (const { child } of this.#candidates.values()) {
      child.exitIdle();
    }
  }

  close(): void {
    for (const candidate of this.#candidates.values()) {
      candidate.stopTimers();
      candidate.child.close();
    }
    this.#candidates.clear();
  }

  /** The first promising child serves; if there is none, the first that is connecting at all, else the last. */
  #choose(): void {
    const { priorities } = this.#config;
    for (const [i, name] of priorities.entries()) {
      const candidate = this.#candidates.get(name) ?? this.#create(name);
      candidate.retention?.cancel();
      candidate.retention = undefined;
      if (candidate.isPromising) {
        this.#serve(candidate, i);
        return;
      }
    }
    const all = priorities.map((name) => this.#candidates.get(name) as Candidate);
    const last =
      all.find(({ child }) => child.state === ConnectivityState.CONNECTING) ?? all.at(-1);
    if (last === undefined) {
      const text = `no connection to "${this.#host.target}": the config of priority names no priorities`;
      const picker = new FailingPicker(new RpcError(Code.UNAVAILABLE, text));
      this.#host.updatePicker(ConnectivityState.TRANSIENT_FAILURE, picker);
    } else {
      this.#host.updatePicker(last.child.state, last.child.picker);
    }
  }

  #serve({ child }: Candidate, priority: number): void {
    this.#host.updatePicker(child.state, child.picker);
    // Only a child that serves makes the lower ones superfluous.
    if (child.state === ConnectivityState.READY || child.state === ConnectivityState.IDLE) {
      for (const name of this.#config.priorities.slice(priority + 1)) {
        const lower = this.#candidates.get(name);
        if (lower !== undefined) {
          this.#retire(name, lower);
        }
      }
    }
  }

  #create(name: string): Candidate {
    const host = new ChildHost(
      this.#host,
      () => this.#config.children.get(name)?.ignoresResolutionRequests === true,
    );
    const child = new NamedChild(name, host, () => this.#told(candidate));
    const candidate = new Candidate(child);
    this.#candidates.set(name, candidate);
    this.#giveChance(candidate);
    const wasUpdating = this.#isUpdating;
    this.#isUpdating = true;
    child.update(this.#endpoints, this.#config.children.get(name) as ChosenPolicy);
    this.#isUpdating = wasUpdating;
    return candidate;
  }

  #giveChance(candidate: Candidate): void {
    candidate.failover = this.#host.clock.setTimer(failoverMs, () => {
      candidate.failover = undefined;
      this.#choose();
    });
  }

  #told(candidate: Candidate): void {
    const { state } = candidate.child;
    if (state === ConnectivityState.CONNECTING) {
      if (candidate.hasWorked && candidate.failover === undefined) {
        this.#giveChance(candidate);
      }
    } else {
      candidate.failover?.cancel();
      candidate.failover = undefined;
      candidate.hasWorked = state !== ConnectivityState.TRANSIENT_FAILURE;
    }
    if (!this.#isUpdating) {
      this.#choose();
    }
  }

  #retire(name: string, candidate: Candidate): void {
    candidate.retention ??= this.#host.clock.setTimer(retentionMs, () => {
      candidate.stopTimers();
      candidate.child.close();
      this.#candidates.delete(name);
    });
  }
}
