// Entry point of @trunkline/core/orca: what backends report of their load, as both ends write it (gRFC A51).
export {
  type OrcaLoadReport,
  OrcaLoadReportSchema,
} from "./gen/xds/data/orca/v3/orca_load_report_pb.js";
export {
  OpenRcaService,
  type OrcaLoadReportRequest,
  OrcaLoadReportRequestSchema,
} from "./gen/xds/service/orca/v3/orca_pb.js";
export { loadReportField } from "./load-report-field.js";
