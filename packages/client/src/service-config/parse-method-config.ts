// Reads the part of a service config that holds for single methods.
import { UsageError } from "@trunkline/core";
import { Fields } from "./field.js";
import type { HedgingPolicy, MethodConfig, RetryPolicy } from "./service-config.js";

/**
 * By `/service/method`, `/service/` and the empty string for all others.
 * @throws {UsageError} when one cannot be used, or a name stands in two of them.
 */
export function parseMethodConfigs(config: Fields): ReadonlyMap<string, MethodConfig> {
  const methods = new Map<string, MethodConfig>();
  config.list("methodConfig").forEach((json, i) => {
    const fields = new Fields(json, `${config.at("methodConfig")}[${i}]`);
    const parsed = parseMethodConfig(fields);
    fields.list("name").forEach((name, j) => {
      const nameFields = new Fields(name, `${fields.at("name")}[${j}]`);
      const key = parseName(nameFields);
      if (methods.has(key)) {
        throw new UsageError(
          `${nameFields.path} is ${JSON.stringify(name)}; it stands there twice`,
        );
      }
      methods.set(key, parsed);
    });
  });
  return methods;
}

function parseName(fields: Fields): string {
  const service = fields.text("service") ?? "";
  const method = fields.text("method") ?? "";
  if (service === "") {
    return method === "" ? "" : fields.refuse("service", `a name, because method is "${method}"`);
  }
  return `/${service}/${method}`;
}

function parseMethodConfig(fields: Fields): MethodConfig {
  if (fields.has("retryPolicy") && fields.has("hedgingPolicy")) {
    throw new UsageError(`${fields.path} has both retryPolicy and hedgingPolicy; it may have one`);
  }
  return {
    waitForReady: fields.boolean("waitForReady"),
    timeoutMs: fields.durationMs("timeout") ?? Infinity,
    maxRequestMessageBytes: fields.integer("maxRequestMessageBytes", 0) ?? Infinity,
    maxResponseMessageBytes: fields.integer("maxResponseMessageBytes", 0),
    retryPolicy: parseRetryPolicy(fields.object("retryPolicy")),
    hedgingPolicy: parseHedgingPolicy(fields.object("hedgingPolicy")),
  };
}

function parseMaxAttempts(fields: Fields): number {
  return fields.integer("maxAttempts", 2) ?? fields.refuse("maxAttempts", "a whole number from 2");
}

function parseRetryPolicy(fields: Fields | undefined): RetryPolicy | undefined {
  if (fields === undefined) {
    return undefined;
  }
  const retryableCodes = fields.codes("retryableStatusCodes");
  if (retryableCodes.size === 0) {
    return fields.refuse("retryableStatusCodes", "a list of at least one status code");
  }
  return {
    maxAttempts: parseMaxAttempts(fields),
    initialBackoffMs: fields.positiveDurationMs("initialBackoff"),
    maxBackoffMs: fields.positiveDurationMs("maxBackoff"),
    backoffMultiplier:
      fields.number("backoffMultiplier", 0) ??
      fields.refuse("backoffMultiplier", "a number above 0"),
    retryableCodes,
    perAttemptTimeoutMs: fields.has("perAttemptRecvTimeout")
      ? fields.positiveDurationMs("perAttemptRecvTimeout")
      : Infinity,
  };
}

function parseHedgingPolicy(fields: Fields | undefined): HedgingPolicy | undefined {
  return (
    fields && {
      maxAttempts: parseMaxAttempts(fields),
      delayMs: fields.durationMs("hedgingDelay") ?? 0,
      nonFatalCodes: fields.codes("nonFatalStatusCodes"),
    }
  );
}
