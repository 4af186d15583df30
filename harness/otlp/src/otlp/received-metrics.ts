// Metrics as the receiver got them, flat and in plain values.

import { type PlainAttributes, toPlain } from "./attribute-values.js";
import type { ExportMetricsServiceRequest } from "./gen/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.js";
import type {
  HistogramDataPoint,
  Metric,
  NumberDataPoint,
} from "./gen/opentelemetry/proto/metrics/v1/metrics_pb.js";

/** One series of a metric. */
export interface ReceivedPoint {
  readonly attributes: PlainAttributes;
  /** Of a sum or a gauge: the value. Of a histogram: how many there were. */
  readonly value: number;
  /** Of a histogram. */
  readonly sum?: number | undefined;
  readonly bounds?: readonly number[];
  readonly counts?: readonly number[];
}

/** One metric of one scope. */
export interface ReceivedMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly scope: string;
  readonly scopeVersion: string;
  /** `gauge`, `sum`, `histogram` ... */
  readonly type: string;
  readonly isMonotonic: boolean | undefined;
  readonly points: readonly ReceivedPoint[];
}

function numberPoint(point: NumberDataPoint): ReceivedPoint {
  return { attributes: toPlain(point.attributes), value: Number(point.value.value ?? 0) };
}

function histogramPoint(point: HistogramDataPoint): ReceivedPoint {
  return {
    attributes: toPlain(point.attributes),
    value: Number(point.count),
    sum: point.sum,
    bounds: point.explicitBounds,
    counts: point.bucketCounts.map(Number),
  };
}

function pointsOf({ data }: Metric): ReceivedPoint[] {
  if (data.case === "histogram") return data.value.dataPoints.map(histogramPoint);
  if (data.case === "sum" || data.case === "gauge") return data.value.dataPoints.map(numberPoint);
  return [];
}

/** All metrics of an export. */
export function metricsOf(request: ExportMetricsServiceRequest): ReceivedMetric[] {
  return request.resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics.map((metric) => ({
        name: metric.name,
        description: metric.description,
        unit: metric.unit,
        scope: scope?.name ?? "",
        scopeVersion: scope?.version ?? "",
        type: metric.data.case ?? "",
        isMonotonic: metric.data.case === "sum" ? metric.data.value.isMonotonic : undefined,
        points: pointsOf(metric),
      })),
    ),
  );
}
