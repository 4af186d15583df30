// What calls are told while there is no connection for them: which addresses were picked, for how long, and what went wrong at each.
import { Code, RpcError } from "@trunkline/core";
import { formatAddress } from "../resolver/address.js";
import { ConnectivityState } from "../subchannel/state.js";
import type { BalancerHost, ConnectionAccount, Pick, Picker } from "./balancer.js";

/** Asks for the accounts when somebody wants to know: that costs more than picking. */
export type Accounts = () => readonly ConnectionAccount[];

/** More causes than this help nobody. */
const mostCauses = 5;
const mostPicked = 3;

/** Calls wait for one of the connections. */
export class WaitingForConnection implements Picker {
  readonly explain: Accounts;
  readonly #pick: Pick;

  constructor(host: BalancerHost, accounts: Accounts) {
    this.explain = accounts;
    this.#pick = {
      kind: "wait",
      // Put into words as late as can be: when the wait has been in vain.
      get why(): string {
        const text = describeConnecting(accounts(), host.clock.now());
        return text === "" ? "a connection" : `a connection: ${text}`;
      },
    };
  }

  pick(): Pick {
    return this.#pick;
  }
}

/** Calls fail, unless they wait for readiness: no address can be reached. */
export class ConnectionFailure implements Picker {
  readonly explain: Accounts;
  readonly #host: BalancerHost;

  constructor(host: BalancerHost, accounts: Accounts) {
    this.explain = accounts;
    this.#host = host;
  }

  pick(): { kind: "fail"; error: RpcError } {
    const accounts = this.explain();
    const text = `no connection to "${this.#host.target}": ${describeFailing(accounts, this.#host.clock.now())}`;
    const cause = newestFailed(accounts)?.lastError;
    return { kind: "fail", error: new RpcError(Code.UNAVAILABLE, text, { cause }) };
  }
}

/** `picked 10.0.0.2:50051 of 3, connecting for 4.90 s, last error connect ECONNREFUSED 127.0.0.2:50051` */
function describeConnecting(accounts: readonly ConnectionAccount[], nowMs: number): string {
  const picked = accounts.filter(({ state }) => state === ConnectivityState.CONNECTING);
  const parts: string[] = [];
  if (picked.length > 0) {
    const since = Math.min(...picked.map(({ sinceMs }) => sinceMs));
    const where = listUpTo(
      mostPicked,
      picked.map(({ address }) => formatAddress(address)),
      ", ",
    );
    parts.push(
      `picked ${where} of ${accounts.length}`,
      `connecting for ${formatSeconds(nowMs - since)}`,
    );
  }
  const failed = newestFailed(accounts);
  if (failed !== undefined) {
    parts.push(`last error ${describeFailure(failed)}`);
  }
  const states = countStates(accounts);
  return [parts.join(", "), ...(states === undefined ? [] : [states])].join("; ");
}

function describeFailing(accounts: readonly ConnectionAccount[], nowMs: number): string {
  const since = Math.max(...accounts.map(({ failingSinceMs }) => failingSinceMs ?? nowMs));
  const failed = accounts.filter(({ lastError }) => lastError !== undefined);
  const causes = listUpTo(mostCauses, failed.map(describeFailure), "; ");
  const none = accounts.length > 1 ? `none of ${accounts.length} addresses can be reached: ` : "";
  const retryAt = Math.min(...accounts.map(({ retryAtMs }) => retryAtMs ?? nowMs));
  const next =
    retryAt > nowMs ? `next attempt in ${formatSeconds(retryAt - nowMs)}` : "connecting again now";
  return `TRANSIENT_FAILURE for ${formatSeconds(nowMs - since)}, ${none}${causes}; ${next}`;
}

/** Of those with an error, the one that came into its state last: attempts end with a change of state. */
function newestFailed(accounts: readonly ConnectionAccount[]): ConnectionAccount | undefined {
  return accounts
    .filter(({ lastError }) => lastError !== undefined)
    .reduce<ConnectionAccount | undefined>(
      (newest, account) =>
        newest === undefined || account.sinceMs >= newest.sinceMs ? account : newest,
      undefined,
    );
}

/** `2 CONNECTING, 1 IDLE`; undefined when all are in one state. */
function countStates(accounts: readonly ConnectionAccount[]): string | undefined {
  const counts = new Map<ConnectivityState, number>();
  for (const { state } of accounts) {
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  const texts = Array.from(counts, ([state, count]) => `${count} ${state}`);
  return texts.length > 1 ? texts.join(", ") : undefined;
}

function listUpTo(most: number, texts: readonly string[], separator: string): string {
  const more = texts.length - most;
  return texts.slice(0, most).join(separator) + (more > 0 ? `${separator}and ${more} more` : "");
}

/** Errors of sockets name the address as a rule; once is enough. */
function describeFailure({ address, lastError, attempts }: ConnectionAccount): string {
  const where = formatAddress(address);
  const why = lastError?.message ?? "";
  const which = attempts > 1 ? ` (attempt ${attempts})` : "";
  return `${why.includes(where) ? why : `${where}: ${why}`}${which}`;
}

/** `0.80 s`, `12.3 s` */
export function formatSeconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
