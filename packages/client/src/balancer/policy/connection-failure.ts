// What calls are told while no address can be reached: what went wrong at each, for how long, what happens next.
import { Code, RpcError } from "@trunkline/core";
import { formatAddress } from "../../resolver/address.js";
import type { BalancedSubchannel, BalancerHost, Pick, Picker } from "../balancer.js";

/** See the file's first line. */
export class ConnectionFailure implements Picker {
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
    const causes = failed.map(describeFailure);
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

/** What calls wait for while an address is tried, with what has gone wrong at the others. */
export function connectingPicker(
  subchannels: readonly BalancedSubchannel[],
  tried: BalancedSubchannel,
): Picker {
  const wait: Pick = {
    kind: "wait",
    get why(): string {
      const place = subchannels.indexOf(tried) + 1;
      const which = subchannels.length > 1 ? `, address ${place} of ${subchannels.length}` : "";
      const failed = subchannels.filter(({ lastError }) => lastError !== undefined);
      const causes = failed.map((subchannel) => `; ${describeFailure(subchannel)}`);
      return `a connection to ${formatAddress(tried.address)}${which}${causes.join("")}`;
    },
  };
  return { pick: () => wait };
}

/** Errors of sockets name the address as a rule; once is enough. */
function describeFailure({ address, lastError, attempts }: BalancedSubchannel): string {
  const where = formatAddress(address);
  const why = lastError?.message ?? "";
  const which = attempts > 1 ? ` (attempt ${attempts})` : "";
  return `${why.includes(where) ? why : `${where}: ${why}`}${which}`;
}

/** `0.8 s` */
export function formatSeconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
