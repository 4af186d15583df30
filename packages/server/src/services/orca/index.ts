// Entry point of @trunkline/server/orca: tells clients how busy this server is (gRFC A51).
export { type CallLoad, recordCallLoad, reportLoad } from "./call-load.js";
export { type LoadMetrics, ServerLoad } from "./load-metrics.js";
export { addLoadReporting, type LoadReportingOptions } from "./load-reporting.js";
