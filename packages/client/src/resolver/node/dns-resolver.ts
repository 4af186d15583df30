// The resolver of a `dns:` target that needs a look-up: addresses, SRV records, service configs in TXT records (gRFC A2).
import { hostname } from "node:os";
import { UsageError } from "@trunkline/core";
import { chooseServiceConfig, configNameOf } from "../config-choice.js";
import { type Endpoint, toEndpoints } from "../endpoint.js";
import type { Resolver, ResolverHost, ResolverListener } from "../resolver.js";
import {
  domainOfService,
  isServiceName,
  type ServiceRecord,
  toServiceEndpoints,
  usableRecords,
} from "../srv-endpoints.js";
import { type DnsSettings, toRefreshMs } from "./dns-options.js";
import { type FoundHosts, isAbsence, isLocal, type NameSource } from "./name-source.js";

/** What is looked up, and how. */
export interface DnsQuestion {
  /** A host, or the name of a service. */
  readonly host: string;
  /** The port of a host. */
  readonly port: number;
  readonly settings: DnsSettings;
  /** Whether service configs are asked for. */
  readonly findsConfig: boolean;
  /** From 0 to below 100, the same for the life of a channel. */
  readonly percentile: number;
  /** From 0 to below 1. */
  random(): number;
  /** Makes the source of one look-up. */
  openSource(): NameSource;
}

interface Found {
  readonly endpoints: readonly Endpoint[];
  readonly ttlMs: number | undefined;
}

/** See the file's first line. */
export class DnsResolver implements Resolver {
  readonly minIntervalMs: number;
  readonly #question: DnsQuestion;
  readonly #listener: ResolverListener;
  readonly #host: ResolverHost;
  /** What the TXT records said when they could be read last. */
  #serviceConfig: unknown;
  #busy: NameSource | undefined;
  #closed = false;

  constructor(question: DnsQuestion, listener: ResolverListener, host: ResolverHost) {
    this.minIntervalMs = question.settings.minIntervalMs;
    this.#question = question;
    this.#listener = listener;
    this.#host = host;
  }

  resolve(): void {
    if (this.#busy === undefined && !this.#closed) {
      this.#busy = this.#question.openSource();
      void this.#run(this.#busy);
    }
  }

  close(): void {
    this.#closed = true;
    this.#busy?.cancel();
  }

  async #run(source: NameSource): Promise<void> {
    const { clock } = this.#host;
    const startedMs = clock.now();
    let found: Found | Error;
    try {
      found = await this.#inTime(source, this.#look(source));
    } catch (cause) {
      found = describeFailure(cause, this.#question.host, source, clock.now() - startedMs);
    }
    this.#busy = undefined;
    if (!this.#closed) {
      found instanceof Error ? this.#listener.failed(found) : this.#tell(found);
    }
  }

  async #look(source: NameSource): Promise<Found> {
    const { host } = this.#question;
    const [found] = await Promise.all([
      isServiceName(host) ? this.#findService(source) : this.#findHost(source),
      this.#findConfig(source),
    ]);
    return found;
  }

  #inTime<T>(source: NameSource, looking: Promise<T>): Promise<T> {
    const { timeoutMs } = this.#question.settings;
    return new Promise((resolve, reject) => {
      const timer = this.#host.clock.setTimer(timeoutMs, () => {
        source.cancel();
        const error = new Error(`no answer within ${timeoutMs} ms (option dns.timeoutMs)`);
        reject(Object.assign(error, { code: "ETIMEOUT" }));
      });
      looking.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  async #findHost(source: NameSource): Promise<Found> {
    const { host, port } = this.#question;
    const { hosts, ttlMs } = await source.addresses(host);
    if (hosts.length === 0) throw new Error("it has no address");
    return { endpoints: toEndpoints(hosts.map((host) => ({ kind: "tcp", host, port }))), ttlMs };
  }

  async #findService(source: NameSource): Promise<Found> {
    const { host, random } = this.#question;
    const records = usableRecords(await source.services(host));
    const answers = await Promise.all(records.map((record) => findTarget(source, record)));
    const hostsOf = (record: ServiceRecord): readonly string[] =>
      answers[records.indexOf(record)]?.hosts ?? [];
    const endpoints = toServiceEndpoints(records, hostsOf, random);
    const failure = answers.find((answer) => answer.failure !== undefined)?.failure;
    if (endpoints.length === 0) {
      throw failure ?? new Error("its SRV records name no server");
    }
    const ttls = answers.flatMap(({ ttlMs }) => ttlMs ?? []);
    return { endpoints, ttlMs: ttls.length === 0 ? undefined : Math.min(...ttls) };
  }

  /** Never fails: what cannot be asked for stays as it was, what cannot be read is the channel's to judge (gRFC A21). */
  async #findConfig(source: NameSource): Promise<void> {
    const { host, findsConfig, percentile } = this.#question;
    // gRFC A10: nobody publishes configs for the machine itself.
    if (!findsConfig || isLocal(host)) {
      return;
    }
    try {
      const domain = isServiceName(host) ? domainOfService(host) : host;
      const records = await source.text(configNameOf(domain));
      this.#serviceConfig = chooseServiceConfig(records, { hostname: hostname(), percentile });
    } catch (error) {
      if (error instanceof UsageError) {
        this.#serviceConfig = error;
      } else if (isAbsence(error)) {
        this.#serviceConfig = undefined;
      }
    }
  }

  #tell({ endpoints, ttlMs }: Found): void {
    this.#listener.resolved({
      endpoints,
      serviceConfig: this.#serviceConfig,
      ttlMs: toRefreshMs(ttlMs, this.#question.settings),
    });
  }
}

interface FoundTarget extends FoundHosts {
  readonly failure?: unknown;
}

/** One target that cannot be found must not hide the others; it is asked for again soon. */
async function findTarget(source: NameSource, { name }: ServiceRecord): Promise<FoundTarget> {
  try {
    return await source.addresses(name);
  } catch (failure) {
    return { hosts: [], ttlMs: 0, failure };
  }
}

function describeFailure(cause: unknown, host: string, source: NameSource, ms: number): Error {
  const { message, code } = cause as { message?: string; code?: unknown };
  const text = `cannot find ${host}: ${message ?? String(cause)}; asked ${source.label}, ${Math.round(ms)} ms`;
  return Object.assign(new Error(text, { cause }), code === undefined ? {} : { code });
}
