// Options that make no sense are refused when the observers are made.
import { expect, it } from "vitest";
import { createOpenTelemetry } from "./open-telemetry.js";

it.each([
  [{ conventions: "old" }, /conventions .* must be "grpc", "rpc" or "both", not "old"/],
  [{ traceRatio: 2 }, /traceRatio .* from 0 to 1, not 2/],
  [{ traceRatio: Number.NaN }, /traceRatio/],
  [{ metrics: { enable: ["grpc.server.calls"] } }, /"grpc\.server\.calls"; the metrics are grpc\./],
  [{ metrics: { disable: ["x"] } }, /"x"/],
  [{ metricTotals: {} }, /metricTotals .* createMetricTotals/],
])("%j", (options, message) => {
  expect(() => createOpenTelemetry(options as never)).toThrow(message);
});

it("hears nothing without providers", () => {
  expect(createOpenTelemetry({})).toEqual({ server: {}, client: {} });
});
