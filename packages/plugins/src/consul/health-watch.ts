// One service in Consul: asks for its healthy servers, each time until there is news (blocking queries).
import type { Endpoint } from "@trunkline/client";
import { expectOk, type HttpClient, type HttpReply, parseJson } from "../http/http-port.js";
import { pause, withTimeLimit } from "../watching/time-limit.js";
import type { WatchSession, WatchSource } from "../watching/watching-resolver.js";
import type { ConsulAgent } from "./consul-options.js";
import type { ConsulTarget } from "./consul-target.js";
import { type HealthEntry, toEndpoint } from "./health-entry.js";

/** How the agent is asked. */
export interface HealthWatchOptions {
  readonly agent: ConsulAgent;
  readonly target: ConsulTarget;
  /** Longest time an agent may wait for news, milliseconds. */
  readonly waitMs: number;
  /** From one answer to the next question at least, milliseconds. */
  readonly minIntervalMs: number;
  readonly random: () => number;
}

/** See the file's first line. */
export class ConsulSource implements WatchSource {
  readonly name: string;
  readonly #options: HealthWatchOptions;
  readonly #http: HttpClient;
  /** Of the answer that came last; 0: the next question is answered at once. */
  #index = 0;

  constructor(options: HealthWatchOptions) {
    this.#options = options;
    this.#http = options.agent.createClient();
    this.name = `Consul ${options.agent.address}, service "${options.target.service}"`;
  }

  async run(session: WatchSession, anew: boolean): Promise<void> {
    if (anew) this.#index = 0;
    const { clock, signal } = session;
    try {
      for (;;) {
        await this.#askOnce(session);
        const { minIntervalMs, random } = this.#options;
        // Clients that were told of the same change do not ask again at the same moment.
        await pause(clock, minIntervalMs * (1 + random()), signal);
        signal.throwIfAborted();
      }
    } catch (cause) {
      // Whatever is wrong, the next question is one that is answered at once.
      this.#index = 0;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${this.name}: ${why}`, { cause });
    }
  }

  close(): void {
    this.#http.close();
  }

  async #askOnce(session: WatchSession): Promise<void> {
    const { agent, waitMs } = this.#options;
    const isBlocking = this.#index > 0;
    // An agent adds up to a sixteenth to the wait, so that not all answers come at once.
    const limitMs = agent.requestTimeoutMs + (isBlocking ? waitMs * (1 + 1 / 16) : 0);
    const headers = await agent.headers();
    await withTimeLimit({ ...session, limitMs, holdsProcess: !isBlocking }, async (signal) => {
      const reply = await this.#http.send({
        method: "GET",
        path: this.#path(),
        headers,
        signal,
        holdsProcess: !isBlocking,
      });
      const entries = readEntries(await expectOk(reply));
      this.#follow(reply);
      session.found(this.#toEndpoints(entries, session));
    });
  }

  #path(): string {
    const { target, waitMs } = this.#options;
    const query = new URLSearchParams(target.query);
    if (this.#index > 0) {
      query.set("index", String(this.#index));
      query.set("wait", `${Math.round(waitMs)}ms`);
    }
    return `/v1/health/service/${encodeURIComponent(target.service)}?${query}`;
  }

  /** An index that goes back (a restored snapshot, say) or is none starts all over, by Consul's own advice. */
  #follow(reply: HttpReply): void {
    const index = Number(reply.header("x-consul-index"));
    const isSound = Number.isSafeInteger(index) && index > 0;
    this.#index = isSound && index >= this.#index ? index : 0;
  }

  #toEndpoints(entries: readonly HealthEntry[], { log }: WatchSession): Endpoint[] {
    const { target } = this.#options;
    const found = entries.flatMap((entry) => {
      try {
        return toEndpoint(entry) ?? [];
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const fields = { service: target.service, id: entry.Service?.ID, error: why };
        log.warn("a server in Consul cannot be used and is left out", fields);
        return [];
      }
    });
    return target.isSorted ? found : sort(found);
  }
}

function readEntries(text: string): HealthEntry[] {
  const entries = parseJson(text, "the answer");
  if (!Array.isArray(entries)) throw new Error("the answer is no list");
  return entries.filter((entry) => typeof entry === "object" && entry !== null);
}

/** Without `near` the order of an answer means nothing, and must not look like a change. */
function sort(endpoints: Endpoint[]): Endpoint[] {
  const keyed = endpoints.map((endpoint) => ({ endpoint, key: JSON.stringify(endpoint) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
  return keyed.map(({ endpoint }) => endpoint);
}
