// The interceptor that holds each call against a policy.
import {
  type Call,
  Code,
  checkFunction,
  guard,
  type Interceptor,
  methodPath,
  perMethod,
  processLog,
  RpcError,
} from "@trunkline/core";
import type { ServerCall } from "@trunkline/server";
import {
  type AuthorizationDecision,
  createPolicyEngine,
  type PolicyEngine,
} from "@trunkline/server/authorization";
import type { WatchedFile } from "../watching/watched-file.js";
import { type AuditLogger, type AuditLoggerFactory, createAuditLoggers, tellAll } from "./audit.js";
import { certificateNames, type PrincipalNames } from "./principal-names.js";

/** Options of `authorize`. */
export interface AuthorizeOptions {
  /**
   * The policy (gRFC A43): JSON text, what it parses to, or a file of `watchFile`. A file is taken over when it changes; one that
   * cannot be used leaves the policy before in force, and the log says why.
   */
  readonly policy: string | object | WatchedFile;
  /** What principals of the policy are held against: `certificateNames`, `authenticatedNames`, or a function. Default `certificateNames`. */
  readonly names?: PrincipalNames | undefined;
  /** Audit loggers that policies may name (gRFC A59), beside `stdout_logger`. Default none. */
  readonly auditLoggers?: Readonly<Record<string, AuditLoggerFactory>> | undefined;
}

/**
 * Holds each call of each kind against a policy, health and reflection included: denied unless an allow rule matches and no
 * deny rule does. Denied calls fail with PERMISSION_DENIED before their handler runs.
 * @throws {UsageError} when the policy cannot be used.
 * @example
 * const policy = await watchFile("/etc/users/policy.json");
 * createServer({ interceptors: [authenticate(jwt), authorize({ policy, names: authenticatedNames })] });
 */
export function authorize(options: AuthorizeOptions): Interceptor {
  checkFunction("names", options.names);
  const { policy, names = certificateNames, auditLoggers } = options;
  const isFile = isWatchedFile(policy);
  let inForce = compile(isFile ? policy.text : policy, auditLoggers);
  if (isFile) {
    policy.onChange((text) => {
      inForce = compile(text, auditLoggers);
    });
  }
  return perMethod((method) => {
    const path = methodPath(method);
    return guard((call) => {
      const refusal = check(inForce, path, call, names);
      if (refusal !== undefined) throw refusal;
    });
  });
}

interface Compiled {
  readonly engine: PolicyEngine;
  readonly loggers: readonly AuditLogger[];
  readonly auditsAllowed: boolean;
  readonly auditsDenied: boolean;
}

function compile(policy: string | object, factories: AuthorizeOptions["auditLoggers"]): Compiled {
  const engine = createPolicyEngine(policy);
  const condition = engine.document.auditCondition;
  return {
    engine,
    loggers: createAuditLoggers(engine.document, factories),
    auditsAllowed: condition === "ON_ALLOW" || condition === "ON_DENY_AND_ALLOW",
    auditsDenied: condition === "ON_DENY" || condition === "ON_DENY_AND_ALLOW",
  };
}

/** @returns why the call may not go on. */
function check(
  policy: Compiled,
  path: string,
  call: Call,
  namesOf: PrincipalNames,
): RpcError | undefined {
  const names = namesOf(call as ServerCall);
  const decision = policy.engine.decide({ path, metadata: call.metadata, names });
  if (decision.isAllowed ? policy.auditsAllowed : policy.auditsDenied) {
    audit(policy, path, names, decision);
  }
  if (decision.isAllowed) return undefined;
  // Not by which rule: that is the operator's affair, and in the audit.
  return new RpcError(Code.PERMISSION_DENIED, `the caller is not allowed to call ${path}`);
}

function audit(
  { engine, loggers }: Compiled,
  path: string,
  names: readonly string[] | undefined,
  { isAllowed, rule: matchedRule }: AuthorizationDecision,
): void {
  const policyName = engine.document.name;
  const event = { path, principal: names?.[0] ?? "", policyName, matchedRule, isAllowed };
  tellAll(loggers, event, processLog);
}

function isWatchedFile(policy: string | object): policy is WatchedFile {
  return typeof policy === "object" && "onChange" in policy;
}
