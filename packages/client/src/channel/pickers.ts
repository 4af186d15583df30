// Pickers for the times when there is no balancer's picker to ask, and words for what a pick means.
import { RpcError } from "@trunkline/core";
import type { Pick, Picker } from "../balancer/balancer.js";
import { formatSeconds } from "../balancer/explain.js";
import { formatAddress } from "../resolver/address.js";
import type { ConnectivityState } from "../subchannel/state.js";

/** Calls wait for `why`. */
export function waitingPicker(why: string): Picker {
  const pick: Pick = { kind: "wait", why };
  return { pick: () => pick };
}

/** The first call sets `begin` off, and waits for the picker that comes of it. */
export function lazyPicker(begin: () => void): Picker {
  const pick: Pick = { kind: "wait", why: "a connection" };
  return {
    pick: () => {
      begin();
      return pick;
    },
  };
}

/**
 * Each call fails with an error of its own like `error`.
 * @param kind "drop": those that wait for readiness as well.
 */
export function failingPicker(error: RpcError, kind: "fail" | "drop" = "fail"): Picker {
  const { code, message, cause } = error;
  return { pick: () => ({ kind, error: new RpcError(code, message, { cause }) }) };
}

/** What a call waits for while the channel answers with `pick`, to complete "waiting for ...". */
export function describeState(
  pick: Pick,
  target: string,
  state: ConnectivityState,
  sinceMs: number,
): string {
  const channel = `target "${target}", ${state} for ${formatSeconds(sinceMs)}`;
  if (pick.kind === "use") {
    return `a connection to ${formatAddress(pick.subchannel.address)} (${channel})`;
  }
  if (pick.kind === "wait") {
    return `${pick.why} (${channel})`;
  }
  return `a connection: ${pick.error.message}`;
}
