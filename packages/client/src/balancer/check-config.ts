// Checks of a policy's JSON config; errors name the path, the value and what is allowed.
import { UsageError } from "@trunkline/core";

/** @throws {UsageError} unless `json` is an object. */
export function checkObject(json: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new UsageError(`${path} is ${JSON.stringify(json)}; it must be an object`);
  }
  return json as Readonly<Record<string, unknown>>;
}

/** @throws {UsageError} unless the field is true, false or absent. */
export function checkBoolean(
  config: Readonly<Record<string, unknown>>,
  key: string,
  fallback: boolean,
  path: string,
): boolean {
  const value = config[key] ?? fallback;
  if (typeof value !== "boolean") {
    throw new UsageError(`${path}.${key} is ${JSON.stringify(value)}; it must be true or false`);
  }
  return value;
}
