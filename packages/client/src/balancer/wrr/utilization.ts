// How much of an endpoint is in use, by the metrics that the config names or the ordinary ones (gRFC A58, A114).
import type { LoadReport } from "../orca/load-report.js";

/** 0 when the report does not say. */
export function utilizationOf(report: LoadReport, metrics: readonly string[]): number {
  let highest = 0;
  for (const metric of metrics) {
    const value = readMetric(report, metric);
    // NaN and what is missing are above nothing.
    if (value !== undefined && value > highest) {
      highest = value;
    }
  }
  if (highest > 0) {
    return highest;
  }
  return report.applicationUtilization > 0 ? report.applicationUtilization : report.cpuUtilization;
}

/** Only the fields that gRFC A114 names can be asked for; the first point separates a map from its key. */
function readMetric(report: LoadReport, metric: string): number | undefined {
  const point = metric.indexOf(".");
  if (point < 0) {
    return readField(report, metric);
  }
  const key = metric.slice(point + 1);
  switch (metric.slice(0, point)) {
    case "named_metrics":
      return report.namedMetrics[key];
    case "utilization":
      return report.utilization[key];
    default:
      return undefined;
  }
}

function readField(report: LoadReport, metric: string): number | undefined {
  switch (metric) {
    case "application_utilization":
      return report.applicationUtilization;
    case "cpu_utilization":
      return report.cpuUtilization;
    case "mem_utilization":
      return report.memUtilization;
    default:
      return undefined;
  }
}
