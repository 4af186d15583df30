// The config of outlier_detection: what is measured, and when an endpoint is left out (gRFC A50).
import { Fields } from "../../service-config/field.js";
import { type BalancerRegistry, type ChosenPolicy, choosePolicy } from "../choose-policy.js";

/** What both ways to find outliers have in common. */
export interface EjectionRule {
  /** How likely an outlier is ejected, percent. Default 100. */
  readonly enforcementPercentage: number;
  /** Fewer endpoints with enough calls than this are not compared. Default 5. */
  readonly minimumHosts: number;
  /** Endpoints with fewer calls in an interval are not judged. */
  readonly requestVolume: number;
}

/** Ejects endpoints whose rate of successes is far below the others'. */
export interface SuccessRateRule extends EjectionRule {
  /** How many standard deviations are too far, in thousandths. Default 1900. */
  readonly stdevFactor: number;
}

/** Ejects endpoints that fail more than a share of their calls. */
export interface FailurePercentageRule extends EjectionRule {
  /** Percent of failed calls. Default 85. */
  readonly threshold: number;
}

/** Config of outlier_detection. */
export interface OutlierConfig {
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  readonly maxEjectionMs: number;
  readonly maxEjectionPercent: number;
  readonly successRate: SuccessRateRule | undefined;
  readonly failurePercentage: FailurePercentageRule | undefined;
  readonly child: ChosenPolicy;
}

/** @throws {UsageError} naming path, value and what is allowed. */
export function parseOutlierConfig(
  json: unknown,
  path: string,
  registry: BalancerRegistry,
): OutlierConfig {
  const fields = new Fields(json, path);
  const duration = (name: string, fallbackMs: number): number =>
    fields.durationMs(name) ?? fallbackMs;
  const successRate = fields.object("successRateEjection");
  const failures = fields.object("failurePercentageEjection");
  const baseEjectionMs = duration("baseEjectionTime", 30_000);
  return {
    // Without a pause nothing else would ever have its turn.
    intervalMs: Math.max(1, duration("interval", 10_000)),
    baseEjectionMs,
    maxEjectionMs: Math.max(baseEjectionMs, duration("maxEjectionTime", 300_000)),
    maxEjectionPercent: percent(fields, "maxEjectionPercent", 10),
    successRate: successRate && {
      ...parseRule(successRate, 100),
      stdevFactor: successRate.integer("stdevFactor", 0) ?? 1900,
    },
    failurePercentage: failures && {
      ...parseRule(failures, 50),
      threshold: percent(failures, "threshold", 85),
    },
    child: choosePolicy(fields.get("childPolicy"), fields.at("childPolicy"), registry),
  };
}

function parseRule(fields: Fields, requestVolume: number): EjectionRule {
  return {
    enforcementPercentage: percent(fields, "enforcementPercentage", 100),
    minimumHosts: fields.integer("minimumHosts", 0) ?? 5,
    requestVolume: fields.integer("requestVolume", 0) ?? requestVolume,
  };
}

function percent(fields: Fields, name: string, fallback: number): number {
  const value = fields.integer(name, 0) ?? fallback;
  return value <= 100 ? value : fields.refuse(name, "a whole number from 0 to 100");
}
