// A set of metrics that can be changed piece by piece and sent as a load report (gRFC A51 "Recorder APIs").
import { create } from "@bufbuild/protobuf";
import { describeValue, UsageError } from "@trunkline/core";
import { type OrcaLoadReport, OrcaLoadReportSchema } from "@trunkline/core/orca";

/** Metrics by the names that the application gives them; undefined takes one back. */
export type NamedMetrics = Readonly<Record<string, number | undefined>>;

/** How busy a server is. What is missing is left as it was; undefined takes a metric back. */
export interface LoadMetrics {
  /** Share of the CPU in use, from 0; above 1 when the server is over its limit. */
  readonly cpuUtilization?: number | undefined;
  /** Share of the memory in use, 0 to 1. */
  readonly memUtilization?: number | undefined;
  /** Share of what the application counts as its capacity, from 0; goes before the CPU in weighted_round_robin. */
  readonly applicationUtilization?: number | undefined;
  /** Calls a second, of all services of this server, from 0. */
  readonly qps?: number | undefined;
  /** Failed calls a second, from 0. */
  readonly eps?: number | undefined;
  /** Shares of other resources in use, 0 to 1. */
  readonly utilization?: NamedMetrics | undefined;
  /** Whatever else clients may want to know. */
  readonly namedMetrics?: NamedMetrics | undefined;
}

type PlainName = "cpuUtilization" | "memUtilization" | "applicationUtilization" | "qps" | "eps";
type MapName = "utilization" | "requestCost" | "namedMetrics";

/** Largest values; Infinity: none. Nothing may be below `least`. */
const plainLimits: Readonly<Record<PlainName, number>> = {
  cpuUtilization: Infinity,
  memUtilization: 1,
  applicationUtilization: Infinity,
  qps: Infinity,
  eps: Infinity,
};

const mapLimits: Readonly<Record<MapName, { least: number; most: number }>> = {
  utilization: { least: 0, most: 1 },
  requestCost: { least: -Infinity, most: Infinity },
  namedMetrics: { least: -Infinity, most: Infinity },
};

const plainNames = Object.keys(plainLimits) as PlainName[];
const mapNames = Object.keys(mapLimits) as MapName[];

type AnyMetrics = LoadMetrics & { readonly requestCost?: NamedMetrics | undefined };

/** The metrics of one call, or of a server. */
export class MetricSet {
  readonly #plain = new Map<PlainName, number>();
  readonly #maps: Readonly<Record<MapName, Map<string, number>>> = {
    utilization: new Map(),
    requestCost: new Map(),
    namedMetrics: new Map(),
  };

  /** @throws {UsageError} naming a metric that is out of its range; nothing has changed then. */
  set(metrics: AnyMetrics): void {
    check(metrics);
    for (const name of plainNames) {
      if (name in metrics) {
        put(this.#plain, name, metrics[name]);
      }
    }
    for (const name of mapNames) {
      for (const [key, value] of Object.entries(metrics[name] ?? {})) {
        put(this.#maps[name], key, value);
      }
    }
  }

  clear(): void {
    this.#plain.clear();
    for (const name of mapNames) {
      this.#maps[name].clear();
    }
  }

  /** The report, made of these metrics and, where they say nothing, of the others; undefined when there are none at all. */
  toReport(others: MetricSet = none): OrcaLoadReport | undefined {
    const plain = new Map([...others.#plain, ...this.#plain]);
    const merged = (name: MapName): Record<string, number> =>
      Object.fromEntries([...others.#maps[name], ...this.#maps[name]]);
    const maps = mapNames.map((name) => [name, merged(name)] as const);
    const size = maps.reduce((sum, [, map]) => sum + Object.keys(map).length, plain.size);
    if (size === 0) {
      return undefined;
    }
    const { qps = 0, ...rest } = Object.fromEntries(plain);
    return create(OrcaLoadReportSchema, {
      ...rest,
      rpsFractional: qps,
      ...Object.fromEntries(maps),
    });
  }
}

const none = new MetricSet();

function put<K>(into: Map<K, number>, key: K, value: number | undefined): void {
  value === undefined ? into.delete(key) : into.set(key, value);
}

function check(metrics: AnyMetrics): void {
  for (const name of plainNames) {
    checkValue(name, metrics[name], 0, plainLimits[name]);
  }
  for (const name of mapNames) {
    const { least, most } = mapLimits[name];
    for (const [key, value] of Object.entries(metrics[name] ?? {})) {
      checkValue(`${name}.${key}`, value, least, most);
    }
  }
}

function checkValue(name: string, value: unknown, least: number, most: number): void {
  const isGood = typeof value === "number" && Number.isFinite(value);
  if (value !== undefined && !(isGood && value >= least && value <= most)) {
    const range = `${least === 0 ? ` from 0${most === 1 ? " to 1" : ""}` : ""}`;
    throw new UsageError(`metric ${name} is ${describeValue(value)}; it must be a number${range}`);
  }
}

/** How busy this server is: kept up to date by the application, told to clients that ask. */
export class ServerLoad {
  /** For this package: the metrics as they are. */
  readonly metrics: MetricSet = new MetricSet();

  /** @throws {UsageError} naming a metric that is out of its range. */
  constructor(metrics: LoadMetrics = {}) {
    this.set(metrics);
  }

  /**
   * Changes the metrics that are named, and leaves the others as they are.
   * @throws {UsageError} naming a metric that is out of its range; nothing has changed then.
   * @example
   * load.set({ cpuUtilization: 0.4, utilization: { disk: 0.9 } });
   */
  set(metrics: LoadMetrics): void {
    this.metrics.set(metrics);
  }

  /** Takes all metrics back. */
  clear(): void {
    this.metrics.clear();
  }
}
