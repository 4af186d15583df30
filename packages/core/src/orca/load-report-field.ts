// The trailer that carries the load report of one call.

/** Metadata key of a binary `OrcaLoadReport` in trailers (gRFC A51). */
export const loadReportField = "endpoint-load-metrics-bin";
