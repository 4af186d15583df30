// The config of zone_preference: whose zone is preferred, and when its endpoints are too few.
import { Fields } from "../../service-config/field.js";
import { type BalancerRegistry, type ChosenPolicy, choosePolicy } from "../choose-policy.js";

/** Config of zone_preference. */
export interface ZoneConfig {
  /** The client's zone; undefined: as the channel says. */
  readonly zone: string | undefined;
  /** Calls stay in the zone while so many of its endpoints can be reached, percent, 1 to 100. Default 70. */
  readonly minHealthyPercent: number;
  /** A zone with fewer endpoints is not preferred, from 1. Default 1. */
  readonly minEndpoints: number;
  /** What balances among the endpoints of the zone, and among the others. Default round_robin. */
  readonly child: ChosenPolicy;
}

/** @throws {UsageError} naming path, value and what is allowed. */
export function parseZoneConfig(
  json: unknown,
  path: string,
  registry: BalancerRegistry,
): ZoneConfig {
  const fields = new Fields(json, path);
  const minHealthyPercent = fields.integer("minHealthyPercent", 1) ?? 70;
  return {
    zone: fields.text("zone") || undefined,
    minHealthyPercent:
      minHealthyPercent <= 100
        ? minHealthyPercent
        : fields.refuse("minHealthyPercent", "a whole number from 1 to 100"),
    minEndpoints: fields.integer("minEndpoints", 1) ?? 1,
    child: choosePolicy(
      fields.get("childPolicy") ?? [{ round_robin: {} }],
      fields.at("childPolicy"),
      registry,
    ),
  };
}
