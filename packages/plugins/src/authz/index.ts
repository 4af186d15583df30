// Entry point of @trunkline/plugins/authz: what callers may do, by policies.
export { watchFile } from "../watching/node/watch-file.js";
export type { WatchedFile, WatchedFileOptions } from "../watching/watched-file.js";
export type { AuditEvent, AuditLogger, AuditLoggerFactory } from "./audit.js";
export { type AuthorizeOptions, authorize } from "./authorize.js";
export { authenticatedNames, certificateNames, type PrincipalNames } from "./principal-names.js";
