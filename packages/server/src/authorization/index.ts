// Entry point of @trunkline/server/authorization: policies as gRFC A43 has them, for plugins that hold calls against them.
export {
  type AuthorizationDecision,
  type AuthorizationRequest,
  createPolicyEngine,
  type PolicyEngine,
} from "./policy-engine.js";
export type {
  AuditCondition,
  AuditLoggerConfig,
  PolicyDocument,
  PolicyRule,
} from "./policy-json.js";
