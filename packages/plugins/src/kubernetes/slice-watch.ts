// One service in Kubernetes: lists its EndpointSlices, then watches them from that version on.
import {
  expectOk,
  type HttpClient,
  HttpFailure,
  type HttpReply,
  parseJson,
} from "../http/http-port.js";
import { Limited, pause, withTimeLimit } from "../watching/time-limit.js";
import type { WatchSession, WatchSource } from "../watching/watching-resolver.js";
import type { ApiAccess } from "./api-access.js";
import { type EndpointSlice, toEndpoints } from "./endpoint-slice.js";
import type { KubernetesTarget } from "./kubernetes-target.js";

/** How a service is watched. */
export interface SliceWatchOptions {
  readonly access: ApiAccess;
  readonly target: KubernetesTarget;
  /** The client's own zone. */
  readonly zone: string | undefined;
  /** How long one watch lasts, milliseconds. */
  readonly watchMs: number;
  readonly random: () => number;
}

/** Slices of one page of a list: a thousand slices hold up to a hundred thousand servers. */
const pageSize = 500;

/** A watch that ends by itself sooner than this is followed by the next one only after a pause, milliseconds. */
const shortestWatchMs = 1000;

/** By how much an API server may be late in ending a watch, milliseconds. */
const graceMs = 10_000;

interface SliceList {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly EndpointSlice[] | null;
}

interface WatchEvent {
  readonly type?: string;
  readonly object?: EndpointSlice & { code?: number; message?: string; reason?: string };
}

/** See the file's first line. */
export class KubernetesSource implements WatchSource {
  name: string;
  readonly #options: SliceWatchOptions;
  readonly #slices = new Map<string, EndpointSlice>();
  #http: HttpClient | undefined;
  #path = "";
  /** Up to where all is known; undefined: nothing is, or what is known is too old to go on from. */
  #version: string | undefined;
  #hasListed = false;
  /** Nothing has come since the list. */
  #isFresh = false;
  #isClosed = false;

  constructor(options: SliceWatchOptions) {
    this.#options = options;
    const { access, target } = options;
    this.name = describe(access.server, target.service, target.namespace);
  }

  async run(session: WatchSession, anew: boolean): Promise<void> {
    if (anew) this.#version = undefined;
    try {
      const http = await this.#open();
      for (;;) {
        if (this.#version === undefined) await this.#list(http, session);
        await this.#watchOnce(http, session);
      }
    } catch (cause) {
      // The next attempt is on connections of its own, with the CA that is there by then.
      this.#http?.close();
      this.#http = undefined;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${this.name}: ${why}`, { cause });
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#http?.close();
  }

  async #open(): Promise<HttpClient> {
    const { access, target } = this.#options;
    const namespace = target.namespace ?? (await access.namespace());
    this.name = describe(access.server, target.service, namespace);
    this.#path = `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices`;
    const http = await access.createClient();
    if (this.#isClosed) http.close();
    this.#http = http;
    return http;
  }

  async #list(http: HttpClient, session: WatchSession): Promise<void> {
    const found = new Map<string, EndpointSlice>();
    // For the first time what the API server has in memory will do, which costs it least.
    let query: Record<string, string> = this.#hasListed ? {} : { resourceVersion: "0" };
    let version: string | undefined;
    do {
      const list = await this.#readPage(http, { limit: String(pageSize), ...query }, session);
      for (const slice of list.items ?? []) found.set(slice.metadata.name, slice);
      version = list.metadata?.resourceVersion;
      query = list.metadata?.continue ? { continue: list.metadata.continue } : {};
    } while (query.continue !== undefined);
    this.#hasListed = true;
    this.#isFresh = true;
    this.#slices.clear();
    for (const [name, slice] of found) this.#slices.set(name, slice);
    this.#version = version ?? "0";
    this.#tell(session);
  }

  async #readPage(
    http: HttpClient,
    query: Record<string, string>,
    session: WatchSession,
  ): Promise<SliceList> {
    const limitMs = this.#options.access.requestTimeoutMs;
    return withTimeLimit({ ...session, limitMs, holdsProcess: true }, async (signal) => {
      const text = await expectOk(await this.#get(http, query, signal, true));
      const list = parseJson(text, "the list of slices") as SliceList | null;
      if (!Array.isArray(list?.items ?? [])) throw new Error("the list of slices has no items");
      return list ?? {};
    });
  }

  async #get(
    http: HttpClient,
    query: Record<string, string>,
    signal: AbortSignal,
    holdsProcess: boolean,
  ): Promise<HttpReply> {
    const { access, target } = this.#options;
    const labelSelector = `kubernetes.io/service-name=${target.service}`;
    const path = `${this.#path}?${new URLSearchParams({ labelSelector, ...query })}`;
    return http.send({
      method: "GET",
      path,
      headers: await access.headers(),
      signal,
      holdsProcess,
    });
  }

  /** One watch, which goes on where the last one ended. Afterwards there may be no version to go on from. */
  async #watchOnce(http: HttpClient, session: WatchSession): Promise<void> {
    const { clock, signal } = session;
    const startedMs = clock.now();
    const limit = new Limited({ clock, signal, limitMs: this.#options.access.requestTimeoutMs });
    try {
      await this.#follow(http, limit, session);
    } catch (error) {
      if (limit.signal.aborted) throw limit.signal.reason;
      if (!(error instanceof GoneError)) throw error;
      this.#version = undefined;
      if (this.#isFresh) throw new Error("the version of a new list is too old for a watch");
    } finally {
      limit.end();
    }
    const earlyMs = startedMs + shortestWatchMs - clock.now();
    if (earlyMs > 0) await pause(clock, earlyMs, signal);
    signal.throwIfAborted();
  }

  async #follow(http: HttpClient, limit: Limited, session: WatchSession): Promise<void> {
    const { watchMs, random } = this.#options;
    // So that not all clients come back at the same moment.
    const seconds = Math.ceil((watchMs * (1 + random())) / 2000);
    const query = {
      watch: "1",
      allowWatchBookmarks: "true",
      resourceVersion: this.#version ?? "",
      timeoutSeconds: String(seconds),
    };
    const reply = await this.#get(http, query, limit.signal, false);
    if (reply.status !== 200) {
      const text = await reply.text();
      throw reply.status === 410 ? new GoneError() : new HttpFailure(reply.status, text);
    }
    limit.restart(seconds * 1000 + graceMs);
    this.#tell(session);
    for await (const line of reply.lines()) this.#accept(line, session);
  }

  #accept(line: string, session: WatchSession): void {
    const { type, object } = parseJson(line, "an event of the watch") as WatchEvent;
    if (object === undefined) throw new Error("an event of the watch has no object");
    if (type === "ERROR") {
      const { code, reason, message } = object;
      if (code === 410 || reason === "Gone" || reason === "Expired") throw new GoneError();
      throw new Error(`the watch has failed: ${message ?? reason ?? code}`);
    }
    this.#version = object.metadata.resourceVersion ?? this.#version;
    this.#isFresh = false;
    if (type === "BOOKMARK") {
      session.confirmed();
      return;
    }
    if (type === "DELETED") this.#slices.delete(object.metadata.name);
    else this.#slices.set(object.metadata.name, object);
    this.#tell(session);
  }

  #tell(session: WatchSession): void {
    const { target, zone } = this.#options;
    session.found(toEndpoints(this.#slices.values(), target.port, zone));
  }
}

/** The version from which to go on is no longer known to the API server. */
class GoneError extends Error {}

function describe(server: string, service: string, namespace: string | undefined): string {
  const where = namespace === undefined ? "" : `, namespace "${namespace}"`;
  return `Kubernetes API ${server}${where}, service "${service}"`;
}
