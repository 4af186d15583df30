// Tells decisions to the loggers that a policy names (gRFC A59).
import { type Log, UsageError } from "@trunkline/core";
import type { PolicyDocument } from "@trunkline/server/authorization";

/** One decision. */
export interface AuditEvent {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** The first name of the caller; `""` when it has none. */
  readonly principal: string;
  /** The name of the policy. */
  readonly policyName: string;
  /** The rule that matched; `""` when none did. */
  readonly matchedRule: string;
  /** Whether the call was allowed. */
  readonly isAllowed: boolean;
}

/** Hears of decisions, before the call goes on. Must not block; what it throws changes no decision, and is told to the log. */
export type AuditLogger = (event: AuditEvent) => void;

/** Makes a logger of the `config` that a policy has for it. Throws when the config cannot be used: then the policy cannot either. */
export type AuditLoggerFactory = (config: Readonly<Record<string, unknown>>) => AuditLogger;

/** The loggers that are always there. */
const builtIn: Readonly<Record<string, AuditLoggerFactory>> = {
  stdout_logger: () => (event) => console.log(formatEvent(event, new Date())),
};

/** An event as one line of JSON, as the `stdout_logger` of other gRPC implementations writes it. */
export function formatEvent(event: AuditEvent, time: Date): string {
  return JSON.stringify({
    grpc_audit_log: {
      timestamp: time.toISOString(),
      rpc_method: event.path,
      principal: event.principal,
      policy_name: event.policyName,
      matched_rule: event.matchedRule,
      authorized: event.isAllowed,
    },
  });
}

/**
 * The loggers of a policy.
 * @throws {UsageError} when it wants one that is not known, and cannot do without.
 */
export function createAuditLoggers(
  { auditLoggers }: PolicyDocument,
  factories: Readonly<Record<string, AuditLoggerFactory>> = {},
): readonly AuditLogger[] {
  return auditLoggers.flatMap(({ name, config, isOptional }) => {
    const known = Object.hasOwn(factories, name) ? factories : builtIn;
    const factory = Object.hasOwn(known, name) ? known[name] : undefined;
    try {
      if (factory !== undefined) return [factory(config)];
      throw new UsageError(
        `authorization policy: there is no audit logger ${JSON.stringify(name)}`,
      );
    } catch (error) {
      // The policy is good without it, whatever is wrong with it.
      if (isOptional) return [];
      throw error;
    }
  });
}

/** Tells all loggers of a decision; none of them can change it, or keep it from the others. */
export function tellAll(loggers: readonly AuditLogger[], event: AuditEvent, log: Log): void {
  for (const one of loggers) {
    try {
      one(event);
    } catch (error) {
      log.error("an audit logger has failed", { policy: event.policyName, error });
    }
  }
}
