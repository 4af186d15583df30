// The port between a channel and a balancing policy: endpoints and a config in, a picker out.
import type { Clock, Code, Log, Metadata, RpcError } from "@trunkline/core";
import type { Address } from "../resolver/address.js";
import type { Endpoint } from "../resolver/endpoint.js";
import type { ConnectivityState } from "../subchannel/state.js";
import type { AttemptReceiver } from "../transport/transport.js";

/** Whether a subchannel that is READY should get calls (gRFC A61 "Generic Health Reporting Mechanism"). */
export interface HealthWatch {
  /** READY: it should; TRANSIENT_FAILURE: it should not; CONNECTING: nobody knows yet. */
  readonly state: ConnectivityState;
  /** Why it should not. */
  readonly reason: Error | undefined;
  /** Ends the watch; nothing is told any more. */
  close(): void;
}

/** How the way to one address is doing. */
export interface ConnectionAccount {
  /** Where it leads. */
  readonly address: Address;
  /** Connectivity at the moment. */
  readonly state: ConnectivityState;
  /** When it came into this state, by the channel's clock. */
  readonly sinceMs: number;
  /** Why the last attempt failed, or the last connection was lost. */
  readonly lastError: Error | undefined;
  /** Attempts to connect since the last one that succeeded, the one under way included. */
  readonly attempts: number;
  /** When the next attempt may begin; undefined: now. */
  readonly retryAtMs: number | undefined;
  /** Since when its endpoint cannot be reached at all; undefined: it may still be. */
  readonly failingSinceMs: number | undefined;
}

/** A subchannel as a policy sees it. */
export interface BalancedSubchannel {
  /** Where it leads. */
  readonly address: Address;
  /** Connectivity at the moment. */
  readonly state: ConnectivityState;
  /** Why the last connection attempt failed, or the connection was lost. */
  readonly lastError: Error | undefined;
  /** When the next attempt may begin, by the channel's clock; undefined unless in TRANSIENT_FAILURE. */
  readonly retryAtMs: number | undefined;
  /** Attempts to connect since the last one that succeeded, the one under way included. */
  readonly attempts: number;
  /** Concurrent calls that the server allows while READY, for error texts. */
  readonly maxConcurrentCalls: number;
  /** IDLE to CONNECTING; does nothing in any other state. */
  connect(): void;
  /**
   * Begins an attempt, now or as soon as there is a free stream. False when there is no connection: the
   * call waits, and is picked for again.
   */
  start(call: AttemptReceiver): boolean;
  /**
   * Watches the health of a READY subchannel, for policies that choose among several; to be closed when it
   * is READY no more. Where nothing reports health it is READY from the start.
   */
  watchHealth(changed: () => void): HealthWatch;
  /** Ends it for good; calls in flight go on. */
  release(): void;
}

/** A call as a picker sees it. */
export interface PickedCall {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** Metadata that will be sent, if any. */
  readonly metadata: Metadata | undefined;
}

/** How an attempt ended, for policies that count. */
export interface AttemptOutcome {
  /** The status it ended with. */
  readonly code: Code;
  /** Trailers, name, value, name, value ...; undefined when none were received. */
  readonly trailers: readonly string[] | undefined;
}

/** Follows one attempt that a picker sent off. Exactly one `ended` follows a `started`. */
export interface AttemptObserver {
  /** The attempt is under way. Not called when the subchannel could not take it. */
  started(): void;
  /** It has succeeded, failed or been cancelled. */
  ended(outcome: AttemptOutcome): void;
}

/** What a picker answers. The same object may be returned again and again. */
export type Pick =
  | {
      readonly kind: "use";
      readonly subchannel: BalancedSubchannel;
      readonly observer?: AttemptObserver | undefined;
    }
  /** The call waits for the next picker; `why` completes "waiting for ...". */
  | { readonly kind: "wait"; readonly why: string }
  /** The call fails at once, unless it waits for readiness. */
  | { readonly kind: "fail"; readonly error: RpcError }
  /** The call fails at once in any case: the policy does not want it. */
  | { readonly kind: "drop"; readonly error: RpcError };

/** Chooses the subchannel of one attempt. Called on the path of each call: it must be cheap. */
export interface Picker {
  /** Must not throw; may answer with the same object each time. */
  pick(call: PickedCall): Pick;
  /**
   * How the connections are doing that calls wait for, or whose failure they are told of; asked for when
   * an error is put into words. Default: the picker's own words are all there is.
   */
  readonly explain?: (() => readonly ConnectionAccount[]) | undefined;
}

/** What a policy may ask of its channel. */
export interface BalancerHost {
  /** The channel's target, for error texts. */
  readonly target: string;
  /** Time; policies have no other. */
  readonly clock: Clock;
  /** Hears what is worth knowing. */
  readonly log: Log;
  /** From 0 to below 1; tests give a sequence of their own. */
  random(): number;
  /** A new subchannel in IDLE; `changed` is called after each change of its state. */
  createSubchannel(address: Address, changed: () => void): BalancedSubchannel;
  /** The channel's state and picker from now on; calls that wait are picked for again. */
  updatePicker(state: ConnectivityState, picker: Picker): void;
  /** The addresses may be out of date. */
  requestResolution(): void;
  /**
   * How one endpoint is doing, health included, for outer policies that want to know; told by policies
   * that spread calls, after each change. Default: nobody wants to know.
   */
  endpointChanged?(endpoint: Endpoint, state: ConnectivityState): void;
}

/** What the resolver and the service config say now. */
export interface BalancerInput<Config = unknown> {
  /** In order of preference. May be empty: then calls fail with UNAVAILABLE. */
  readonly endpoints: readonly Endpoint[];
  /** What the policy's `parseConfig` made of its config. */
  readonly config: Config;
}

/** A balancing policy, serving one channel or one parent policy. */
export interface Balancer<Config = unknown> {
  /** Replaces the input of before. */
  update(input: BalancerInput<Config>): void;
  /** A call came while the channel was IDLE, or somebody asked for a connection: connect. */
  exitIdle(): void;
  /** Releases all subchannels; the host hears no more. */
  close(): void;
}

/** A kind of balancing policy, as the registry keeps it. */
export interface BalancerPolicy<Config = unknown> {
  /** As `loadBalancingConfig` names it: `round_robin`. */
  readonly name: string;
  /**
   * Checks the policy's JSON config, `{}` when there is none.
   * @param path where it stands in the service config, for errors.
   * @throws {UsageError} naming path, value and what is allowed.
   */
  parseConfig(json: unknown, path: string): Config;
  /** One balancer for one channel or parent. */
  create(host: BalancerHost): Balancer<Config>;
}

/** A policy whatever its config is, as channels take them. */
// biome-ignore lint/suspicious/noExplicitAny: what the parser makes is for the same policy alone.
export type AnyBalancerPolicy = BalancerPolicy<any>;
