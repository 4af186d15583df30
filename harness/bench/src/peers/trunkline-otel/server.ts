// Trunkline's server for the benchmark with OpenTelemetry: BENCH_OTEL says whether it traces or counts.
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { AlwaysOffSampler, BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import {
  createMetricTotals,
  createOpenTelemetry,
  type OpenTelemetryOptions,
} from "@trunkline/plugins/otel";
import { createServer } from "@trunkline/server";
import { BenchService, type User } from "../../gen/trunkline/bench/v1/bench_pb.js";
import { announce, createdAtMs, sampleUser } from "../sample.js";

/** Nobody reads: what is measured is recording. */
class SilentReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const unsampled = { tracerProvider: new BasicTracerProvider({ sampler: new AlwaysOffSampler() }) };

const setups: Readonly<Record<string, () => OpenTelemetryOptions>> = {
  sampler: () => unsampled,
  ratio: () => ({ ...unsampled, traceRatio: 0 }),
  totals: () => ({ metricTotals: createMetricTotals() }),
  metrics: () => ({ meterProvider: new MeterProvider({ readers: [new SilentReader()] }) }),
};

const telemetry = createOpenTelemetry(setups[process.env.BENCH_OTEL ?? "sampler"]!());
const user: User = {
  $typeName: "trunkline.bench.v1.User",
  ...sampleUser,
  roles: [...sampleUser.roles],
  createdAtMs: BigInt(createdAtMs),
};
const server = createServer({ observers: [telemetry.server] });
server.addService(BenchService, { getUser: () => ({ user }) });
const { port } = await server.listen({ host: process.env.BENCH_HOST ?? "127.0.0.1", port: 0 });
announce(port);
