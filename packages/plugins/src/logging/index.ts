// Entry point of @trunkline/plugins/logging: which calls there were, for people and for machines that read logs.
export type { RedactionOptions } from "../redaction/field-rules.js";
export { clientAccessLog } from "./client-access-log.js";
export type { Component, LevelChoice, LevelsByCode, LogLevel } from "./levels.js";
export { createLineWriter, type LineWriter, type TextSink } from "./line-writer.js";
export type { AccessLogOptions, DurationUnit, PayloadOptions } from "./log-options.js";
export type { FinishedCall } from "./logged-call.js";
export { type ArgumentOrder, type Logger, toLog } from "./logger.js";
export { serverAccessLog } from "./server-access-log.js";
