// Entry point of @trunkline/server/health: tells clients which services are healthy.
export { addHealth, type Health, type HealthOptions } from "./health.js";
export type { HealthStatus } from "./status-board.js";
