// Entry point of @trunkline/plugins/authz: what callers may do, by policies and by what contracts say.
export { watchFile } from "../watching/node/watch-file.js";
export type { WatchedFile, WatchedFileOptions } from "../watching/watched-file.js";
export type { AccessInit, PermissionsOf } from "./access-rule.js";
export type { AuditEvent, AuditLogger, AuditLoggerFactory } from "./audit.js";
export { type AuthorizeOptions, authorize } from "./authorize.js";
export {
  type AccessForMethods,
  authorizeByContract,
  type ContractAuthorization,
  type ContractOptions,
} from "./authorize-by-contract.js";
export { authenticatedNames, certificateNames, type PrincipalNames } from "./principal-names.js";
