// A collector's stand-in on our own server: takes traces, metrics and logs over OTLP/gRPC and keeps them.
import { createServer, type ServerCall, silentLog } from "@trunkline/server";
import {
  type ExportLogsServiceRequest,
  LogsService,
} from "./gen/opentelemetry/proto/collector/logs/v1/logs_service_pb.js";
import { MetricsService } from "./gen/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.js";
import { TraceService } from "./gen/opentelemetry/proto/collector/trace/v1/trace_service_pb.js";
import { metricsOf, type ReceivedMetric } from "./received-metrics.js";
import { type ReceivedSpan, spansOf } from "./received-spans.js";

/** A receiver that listens. */
export interface OtlpReceiver extends AsyncDisposable {
  /** Where exporters send to: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** All spans so far, in the order in which they came. */
  readonly spans: readonly ReceivedSpan[];
  /** The newest state of each metric, by its scope and name. */
  readonly metrics: ReadonlyMap<string, ReceivedMetric>;
  /** All exports of logs so far. */
  readonly logs: readonly ExportLogsServiceRequest[];
  /** The encodings in which exports came: `identity`, `gzip`. */
  readonly encodings: ReadonlySet<string>;
}

/** Starts one on a free port. */
export async function startReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const metrics = new Map<string, ReceivedMetric>();
  const logs: ExportLogsServiceRequest[] = [];
  const encodings = new Set<string>();
  const heard = (call: ServerCall): void => void encodings.add(call.requestCompression);
  const server = createServer({ log: silentLog, maxReceiveMessageBytes: 64 * 1024 * 1024 });
  server.addService(TraceService, {
    export(request, call) {
      heard(call);
      spans.push(...spansOf(request));
      return {};
    },
  });
  server.addService(MetricsService, {
    export(request, call) {
      heard(call);
      for (const metric of metricsOf(request))
        metrics.set(`${metric.scope} ${metric.name}`, metric);
      return {};
    },
  });
  server.addService(LogsService, {
    export(request, call) {
      heard(call);
      logs.push(request);
      return {};
    },
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    metrics,
    logs,
    encodings,
    async [Symbol.asyncDispose]() {
      await server.shutdown({ graceMs: 0 });
    },
  };
}
