// Reads and checks a service config; errors name the path, the value and what is allowed.
import { UsageError } from "@trunkline/core";
import {
  type BalancerRegistry,
  type ChosenPolicy,
  choosePolicy,
} from "../balancer/choose-policy.js";
import { Fields } from "./field.js";
import { parseMethodConfigs } from "./parse-method-config.js";
import type { RetryThrottling, ServiceConfig } from "./service-config.js";
import type { ServiceConfigJson } from "./service-config-json.js";

/**
 * @param input the config, or its JSON text.
 * @param path what errors call it.
 * @throws {UsageError} when it cannot be used.
 */
export function parseServiceConfig(
  input: ServiceConfigJson | string | unknown,
  registry: BalancerRegistry,
  path = "serviceConfig",
): ServiceConfig {
  const fields = new Fields(typeof input === "string" ? parseJson(input, path) : input, path);
  return {
    balancer: parseBalancer(fields, registry),
    methods: parseMethodConfigs(fields),
    retryThrottling: parseThrottling(fields.object("retryThrottling")),
    healthServiceName: parseHealth(fields.object("healthCheckConfig")),
    maxConnectionsPerSubchannel: parseScaling(fields.object("connectionScaling")),
  };
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${path} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function parseBalancer(fields: Fields, registry: BalancerRegistry): ChosenPolicy | undefined {
  if (fields.has("loadBalancingConfig")) {
    return choosePolicy(
      fields.get("loadBalancingConfig"),
      fields.at("loadBalancingConfig"),
      registry,
    );
  }
  const name = fields.text("loadBalancingPolicy");
  return name === undefined
    ? undefined
    : choosePolicy([{ [name.toLowerCase()]: {} }], fields.at("loadBalancingPolicy"), registry);
}

function parseThrottling(fields: Fields | undefined): RetryThrottling | undefined {
  if (fields === undefined) {
    return undefined;
  }
  const maxTokens = fields.number("maxTokens", 0);
  if (maxTokens === undefined || maxTokens > 1000) {
    return fields.refuse("maxTokens", "a number above 0, at most 1000");
  }
  // gRFC A6: three decimals count, the others are ignored.
  const tokenRatio = Math.floor((fields.number("tokenRatio", 0) ?? 0) * 1000) / 1000;
  return tokenRatio > 0
    ? { maxTokens, tokenRatio }
    : fields.refuse("tokenRatio", "a number of at least 0.001");
}

function parseHealth(fields: Fields | undefined): string | undefined {
  return fields?.text("serviceName");
}

function parseScaling(fields: Fields | undefined): number | undefined {
  return fields?.integer("maxConnectionsPerSubchannel", 1);
}
