// What production puts around a server, part by part; modules are loaded for the parts that are wanted.
import type { Interceptor, Server, ServerObserver } from "@trunkline/server";

/** What a server gets. */
export interface Equipment {
  readonly interceptors: Interceptor[];
  readonly observers: ServerObserver[];
  readonly watchers: ((server: Server) => void)[];
}

const parts: Readonly<Record<string, (equipment: Equipment) => Promise<unknown>>> = {
  jwt: async ({ interceptors }) => {
    const { authenticate } = await import("@trunkline/plugins/authentication");
    const { createJwtAuthenticator } = await import("@trunkline/plugins/jwt");
    const keys = { secret: process.env.BENCH_SECRET ?? "" };
    const authenticator = createJwtAuthenticator({ issuer: "bench", audience: "bench", keys });
    interceptors.push(authenticate(authenticator));
  },
  contract: async ({ interceptors }) => {
    const { authorizeByContract } = await import("@trunkline/plugins/authz");
    const methods = ["/trunkline.bench.v1.BenchService/*"];
    interceptors.push(
      authorizeByContract({ rules: [{ methods, access: { scopes: ["users.read"] } }] }),
    );
  },
  rate: async ({ interceptors }) => {
    const { rateLimit } = await import("@trunkline/plugins/rate-limit");
    const { byAddress } = await import("@trunkline/server/limits");
    interceptors.push(rateLimit({ rules: [{ name: "address", key: byAddress(), rate: 1e9 }] }));
  },
  concurrency: async ({ interceptors }) => {
    const { concurrencyLimit } = await import("@trunkline/server/limits");
    interceptors.push(concurrencyLimit({ max: 1e6 }));
  },
  shedding: async ({ interceptors }) => {
    const { shedLoad } = await import("@trunkline/server/limits");
    interceptors.push(shedLoad({ targetDelayMs: 1e6 }));
  },
  validation: async ({ interceptors }) => {
    const { validate } = await import("@trunkline/plugins/validate");
    interceptors.push(validate());
  },
  metrics: (equipment) => addMetrics(equipment, false),
  "metrics-with-times": (equipment) => addMetrics(equipment, true),
  "log-errors": (equipment) => addLog(equipment, "errors"),
  "log-all": (equipment) => addLog(equipment, "all"),
  // The share is drawn by the plugin, the decision of the other is the SDK's sampler's.
  "traces-by-ratio": async ({ observers }) => {
    const { createOpenTelemetry } = await import("@trunkline/plugins/otel");
    observers.push(createOpenTelemetry({ ...(await neverSampled()), traceRatio: 0 }).server);
  },
  "traces-by-sampler": async ({ observers }) => {
    const { createOpenTelemetry } = await import("@trunkline/plugins/otel");
    observers.push(createOpenTelemetry(await neverSampled()).server);
  },
  // Metrics that the plugin keeps itself, and those that the SDK does.
  "otel-totals": async ({ observers }) => {
    const { createMetricTotals, createOpenTelemetry } = await import("@trunkline/plugins/otel");
    observers.push(createOpenTelemetry({ metricTotals: createMetricTotals() }).server);
  },
  "otel-metrics": async ({ observers }) => {
    const { createOpenTelemetry } = await import("@trunkline/plugins/otel");
    const { MeterProvider } = await import("@opentelemetry/sdk-metrics");
    const { SilentReader } = await import("./silent-reader.js");
    const meterProvider = new MeterProvider({ readers: [new SilentReader()] });
    observers.push(createOpenTelemetry({ meterProvider }).server);
  },
};

/** Adds the part of this name. */
export async function equip(equipment: Equipment, name: string): Promise<void> {
  const add = parts[name];
  if (add === undefined) {
    throw new Error(`no equipment is called ${name}; there is ${Object.keys(parts).join(", ")}`);
  }
  await add(equipment);
}

async function addMetrics({ watchers }: Equipment, handlingTime: boolean): Promise<void> {
  const { createServerMetrics } = await import("@trunkline/plugins/prometheus");
  const { Registry } = await import("prom-client");
  const metrics = createServerMetrics({ registry: new Registry(), handlingTime });
  watchers.push((server) => metrics.watch(server));
}

/** pino writes to nowhere: its line is what is measured. */
async function addLog({ observers }: Equipment, calls: "all" | "errors"): Promise<void> {
  const { createLineWriter, serverAccessLog } = await import("@trunkline/plugins/logging");
  const { pino } = await import("pino");
  const { createWriteStream } = await import("node:fs");
  const logger = pino({}, createLineWriter(createWriteStream("/dev/null")));
  observers.push(serverAccessLog({ logger, calls }));
}

async function neverSampled() {
  const { AlwaysOffSampler, BasicTracerProvider } = await import("@opentelemetry/sdk-trace-base");
  return { tracerProvider: new BasicTracerProvider({ sampler: new AlwaysOffSampler() }) };
}
