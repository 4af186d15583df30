// Reads authorization policies as gRFC A43 and A59 write them, and refuses whatever it does not know.
import { UsageError } from "@trunkline/core";

/** One rule of a policy: it matches when source and request do; what it does not name matches anything. */
export interface PolicyRule {
  /** For errors, logs and audits; no other rule of its list has it. */
  readonly name: string;
  /** Patterns of names, one of which must fit; empty: any source. */
  readonly principals: readonly string[];
  /** Patterns of `/package.Service/Method`, one of which must fit; empty: any method. */
  readonly paths: readonly string[];
  /** All of them must fit: one of the patterns in `values` the metadata `key`. */
  readonly headers: readonly { readonly key: string; readonly values: readonly string[] }[];
}

/** Which decisions are audited (gRFC A59). */
export type AuditCondition = "NONE" | "ON_DENY" | "ON_ALLOW" | "ON_DENY_AND_ALLOW";

/** A logger that a policy wants its decisions told to (gRFC A59). */
export interface AuditLoggerConfig {
  /** The kind of logger. */
  readonly name: string;
  /** What the logger is told about itself. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether the policy is good without it, too. */
  readonly isOptional: boolean;
}

/** A policy, checked. */
export interface PolicyDocument {
  /** For logs and audits. */
  readonly name: string;
  /** A call that one of them matches is denied. */
  readonly denyRules: readonly PolicyRule[];
  /** A call that none of them matches is denied, too. */
  readonly allowRules: readonly PolicyRule[];
  /** Which decisions are told to the loggers. */
  readonly auditCondition: AuditCondition;
  /** Whom they are told to. */
  readonly auditLoggers: readonly AuditLoggerConfig[];
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a policy: JSON text, or what it parses to. A field that is not known makes the policy invalid: it may be
 * one that a newer version would deny calls by.
 * @throws {UsageError} that says where the policy is wrong.
 */
export function readPolicy(policy: string | object): PolicyDocument {
  const known = ["name", "deny_rules", "allow_rules", "audit_logging_options"];
  const fields = readFields("policy", typeof policy === "string" ? parse(policy) : policy, known);
  const allowRules = readRules("allow_rules", fields.allow_rules);
  if (allowRules.length === 0) fail("allow_rules must have a rule or more");
  return {
    name: readText("name", fields.name),
    denyRules: readRules("deny_rules", fields.deny_rules ?? []),
    allowRules,
    ...readAudit(fields.audit_logging_options ?? {}),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    return fail(`it is not JSON: ${(cause as Error).message}`);
  }
}

function readRules(where: string, value: unknown): PolicyRule[] {
  const rules = readList(where, value).map((rule, at) => readRule(`${where}[${at}]`, rule));
  const names = rules.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) fail(`${where} has two rules named ${JSON.stringify(twice)}`);
  return rules;
}

function readRule(where: string, value: unknown): PolicyRule {
  const { name, source, request } = readFields(where, value, ["name", "source", "request"]);
  const { principals } = readFields(`${where}.source`, source ?? {}, ["principals"]);
  const wanted = readFields(`${where}.request`, request ?? {}, ["paths", "headers"]);
  const headers = readList(`${where}.request.headers`, wanted.headers ?? []);
  return {
    name: readText(`${where}.name`, name),
    principals: readTexts(`${where}.source.principals`, principals ?? []),
    paths: readTexts(`${where}.request.paths`, wanted.paths ?? []),
    headers: headers.map((header, at) => readHeader(`${where}.request.headers[${at}]`, header)),
  };
}

/** Fields of HTTP itself; and `content-type`, of which calls know only the format of their messages. */
const notMetadata =
  /^(:.*|grpc-.*|host|connection|keep-alive|proxy-authenticate|proxy-authorization|proxy-connection|te|trailer|transfer-encoding|upgrade|content-type|content-length|http2-settings)$/;

function readHeader(where: string, value: unknown): PolicyRule["headers"][number] {
  const fields = readFields(where, value, ["key", "values"]);
  const key = readText(`${where}.key`, fields.key).toLowerCase();
  // A rule that could never match would be no rule: a deny rule would silently let everybody in.
  if (notMetadata.test(key)) fail(`${where}.key: ${JSON.stringify(key)} cannot be matched`);
  if (!/^[0-9a-z_.-]+$/.test(key)) fail(`${where}.key: ${JSON.stringify(key)} is no metadata name`);
  if (key.endsWith("-bin")) fail(`${where}.key: ${JSON.stringify(key)} is binary`);
  const values = readTexts(`${where}.values`, fields.values);
  if (values.length === 0) fail(`${where}.values must have a value or more`);
  return { key, values };
}

function readAudit(value: unknown): Pick<PolicyDocument, "auditCondition" | "auditLoggers"> {
  const where = "audit_logging_options";
  // The table of gRFC A59 says audit_logger, its text and the implementations audit_loggers.
  const known = ["audit_condition", "audit_loggers", "audit_logger"];
  const fields = readFields(where, value, known);
  const condition = fields.audit_condition ?? "NONE";
  const conditions = ["NONE", "ON_DENY", "ON_ALLOW", "ON_DENY_AND_ALLOW"];
  if (!conditions.includes(condition as string)) {
    fail(`${where}.audit_condition must be one of ${conditions.join(", ")}`);
  }
  const loggers = readList(
    `${where}.audit_loggers`,
    fields.audit_loggers ?? fields.audit_logger ?? [],
  );
  return {
    auditCondition: condition as AuditCondition,
    auditLoggers: loggers.map((one, at) => readLogger(`${where}.audit_loggers[${at}]`, one)),
  };
}

function readLogger(where: string, value: unknown): AuditLoggerConfig {
  const fields = readFields(where, value, ["name", "config", "is_optional"]);
  const { config = {}, is_optional: isOptional = false } = fields;
  if (typeof isOptional !== "boolean") fail(`${where}.is_optional must be true or false`);
  if (!isObject(config)) fail(`${where}.config must be an object`);
  return {
    name: readText(`${where}.name`, fields.name),
    config: config as Fields,
    isOptional: isOptional as boolean,
  };
}

function readFields(where: string, value: unknown, known: readonly string[]): Fields {
  if (!isObject(value)) return fail(`${where} must be an object`);
  const strange = Object.keys(value as object).filter((name) => !known.includes(name));
  if (strange.length > 0) fail(`${where} has ${strange.join(", ")}, which is not known`);
  return value as Fields;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readList(where: string, value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : fail(`${where} must be a list`);
}

function readTexts(where: string, value: unknown): readonly string[] {
  const list = readList(where, value);
  if (list.some((one) => typeof one !== "string")) fail(`${where} must be a list of texts`);
  return list as string[];
}

function readText(where: string, value: unknown): string {
  return typeof value === "string" && value !== "" ? value : fail(`${where} must be a text`);
}

function fail(reason: string): never {
  throw new UsageError(`authorization policy: ${reason}`);
}
