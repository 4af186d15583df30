// Entry point of @trunkline/server/cluster: one server on all cores.
export type { CrashOptions } from "./crash-policy.js";
export type { Figures } from "./figures.js";
export type { AllCoresReport, WorkerEnd } from "./merged-report.js";
export type { AllCoresOptions } from "./options.js";
export type { WorkerFigures } from "./primary.js";
export {
  type Aggregate,
  type PrimaryProcess,
  serveOnAllCores,
  type WorkerInfo,
  type WorkerRole,
} from "./serve-on-all-cores.js";
export type { WorkerContext, WorkerServer } from "./worker-context.js";
export type { WorkerState } from "./worker-process.js";
