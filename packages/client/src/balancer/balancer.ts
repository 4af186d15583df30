// The port between a channel and a balancing policy: addresses in, a picker out.
import type { RpcError } from "@trunkline/core";
import type { Address } from "../resolver/address.js";
import type { ConnectivityState } from "../subchannel/state.js";
import type { Transport } from "../transport/transport.js";

/** A subchannel as a policy sees it. */
export interface BalancedSubchannel {
  readonly address: Address;
  readonly state: ConnectivityState;
  /** Why the last connection attempt failed. */
  readonly lastError: Error | undefined;
  /** When the next attempt may begin, by the channel's clock; undefined unless in TRANSIENT_FAILURE. */
  readonly retryAtMs: number | undefined;
  /** The live connection while READY. */
  readonly transport: Transport | undefined;
  /** IDLE to CONNECTING; does nothing in any other state. */
  connect(): void;
  /** Ends it for good; calls in flight go on. */
  release(): void;
}

/** What a picker answers. The same object may be returned again and again. */
export type Pick =
  | { readonly kind: "use"; readonly subchannel: BalancedSubchannel }
  /** The call waits for the next picker; `why` completes "waiting for ...". */
  | { readonly kind: "wait"; readonly why: string }
  /** The call fails at once. */
  | { readonly kind: "fail"; readonly error: RpcError };

/** Chooses the subchannel of one call. Called on the path of each call: it must be cheap. */
export interface Picker {
  pick(): Pick;
}

/** What a policy may ask of its channel. */
export interface BalancerHost {
  readonly target: string;
  now(): number;
  /** A new subchannel in IDLE; `changed` is called after each change of its state. */
  createSubchannel(address: Address, changed: () => void): BalancedSubchannel;
  /** The channel's state and picker from now on; calls that wait are picked for again. */
  updatePicker(state: ConnectivityState, picker: Picker): void;
  /** The addresses may be out of date. */
  requestResolution(): void;
}

/** A balancing policy, serving one channel. */
export interface Balancer {
  /** The resolver's latest list, never empty. */
  updateAddresses(addresses: readonly Address[]): void;
  /** A call came while the channel was IDLE: connect. */
  exitIdle(): void;
  /** Releases all subchannels; the host hears no more. */
  close(): void;
}

/** Makes a policy's balancer for one channel. */
export type BalancerFactory = (host: BalancerHost) => Balancer;
