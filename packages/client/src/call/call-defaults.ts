// What the calls of a client, or of one of its methods, get unless they say otherwise.
import type { DescService } from "@bufbuild/protobuf";
import { UsageError } from "@trunkline/core";
import { checkCallOptions, checkTime } from "./call-limits.js";
import type { CallOptions } from "./call-options.js";

/** Options of calls that can be said in advance; see `CallOptions`. */
export type CallDefaults = Pick<
  CallOptions,
  "timeoutMs" | "maxReceiveMessageBytes" | "maxSendMessageBytes" | "retry" | "callCredentials"
>;

interface DefaultsByMethod extends CallDefaults {
  readonly methods?: Readonly<Record<string, CallDefaults | undefined>> | undefined;
}

/**
 * Checks the options of a client.
 * @returns the defaults of a method by its name in TypeScript; undefined when there are none.
 * @throws {UsageError} when one cannot be used.
 */
export function readClientOptions(
  service: DescService,
  options: DefaultsByMethod | undefined,
): (method: string) => CallDefaults | undefined {
  if (options === undefined) {
    return () => undefined;
  }
  const { methods = {}, ...ofClient } = options;
  const known = service.methods.map((method) => method.localName);
  for (const [name, defaults] of Object.entries(methods)) {
    if (!known.includes(name)) {
      throw new UsageError(
        `options for ${name}: service ${service.typeName} has ${known.join(", ")}`,
      );
    }
    check(defaults);
  }
  check(ofClient);
  return (method) => withDefaults(methods[method], ofClient);
}

function check(defaults: CallDefaults | undefined): void {
  if (defaults?.timeoutMs !== undefined) {
    checkTime("timeoutMs", defaults.timeoutMs);
  }
  checkCallOptions(defaults);
}

/** The options with what they leave open from `defaults`. An option that is set to undefined is left open. */
export function withDefaults<O extends CallDefaults>(
  options: O | undefined,
  defaults: CallDefaults,
): O {
  const merged: Record<string, unknown> = { ...defaults };
  for (const [name, value] of Object.entries(options ?? {})) {
    if (value !== undefined) {
      merged[name] = value;
    }
  }
  return merged as O;
}
