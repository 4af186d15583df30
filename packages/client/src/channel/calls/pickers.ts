// Pickers for the times when there is no balancer's picker to ask, and words for what a pick means.
import { RpcError } from "@trunkline/core";
import type { Pick, PickedCall, Picker } from "../../balancer/balancer.js";
import { formatSeconds } from "../../balancer/explain.js";
import { formatAddress } from "../../resolver/address.js";
import type { ConnectivityState } from "../../subchannel/state.js";

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

/** A policy is asked so often for another server than the one that is avoided; it may have no other. */
const mostPicks = 3;

/** Has a call that failed at `peer` go to another server, if the policy comes to one. */
export function pickElsewhere(picker: Picker, call: PickedCall, peer: string): Pick {
  const first = picker.pick(call);
  for (let pick = first, picks = 1; leadsTo(pick, peer) && picks < mostPicks; picks++) {
    pick = picker.pick(call);
    if (pick.kind === "use" && !leadsTo(pick, peer)) {
      return pick;
    }
  }
  return first;
}

function leadsTo(pick: Pick, peer: string): boolean {
  return pick.kind === "use" && formatAddress(pick.subchannel.address) === peer;
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
