// Says in one text what a channel's connections depend on, so that only channels that agree in all of it share them.
import type { ChannelSettings } from "../../channel/channel-options.js";

/**
 * Options that no connection can tell: everything else keeps channels apart, what others may add to the
 * options later included.
 */
const harmless: ReadonlySet<string> = new Set<keyof ChannelSettings | "dns">([
  "interceptors",
  "callCredentials",
  "allowCredentialsOverPlaintext",
  "defaultTimeoutMs",
  "format",
  "callScope",
  "serviceConfig",
  "ignoreResolvedServiceConfig",
  "dns",
  "resolvers",
  "balancers",
  "zone",
  "maxReceiveMessageBytes",
  "maxSendMessageBytes",
  "maxQueuedCalls",
  "zone",
  "retry",
  "retryLimits",
  "observers",
  "idleTimeoutMs",
  "shareConnections",
  "healthChecking",
  "maxConnectionsPerSubchannel",
]);

/**
 * Values by their contents, certificates and keys included; functions and objects with a class of their
 * own (clocks, logs, dialers) by their identity.
 * @param derived what comes of the target: the authority, which certificates are checked against.
 */
export function connectionKey(
  options: ChannelSettings,
  derived: Readonly<Record<string, string>>,
): string {
  const telling = Object.entries(options).filter(([name]) => !harmless.has(name));
  const { clock, log } = options;
  const identified = { clock: clock && identify(clock), log: log && identify(log) };
  return format({ ...Object.fromEntries(telling), ...identified, derived }, 0);
}

/** Nothing that an option consists of goes deeper; what does is told by its identity. */
const maxDepth = 8;

function format(value: unknown, depth: number): string {
  if (typeof value === "function") return `#${identify(value)}`;
  if (typeof value !== "object" || value === null) return `${typeof value}:${quote(value)}`;
  if (value instanceof Uint8Array) return `bytes:${Buffer.from(value).toString("base64")}`;
  if (depth > maxDepth) return `#${identify(value)}`;
  if (Array.isArray(value)) return `[${value.map((item) => format(item, depth + 1)).join()}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null
    ? formatFields(value as Readonly<Record<string, unknown>>, depth)
    : `#${identify(value)}`;
}

function quote(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** An option that is undefined is one that is not given. */
function formatFields(fields: Readonly<Record<string, unknown>>, depth: number): string {
  const given = Object.keys(fields).filter((name) => fields[name] !== undefined);
  return `{${given
    .sort()
    .map((name) => `${JSON.stringify(name)}:${format(fields[name], depth + 1)}`)
    .join()}}`;
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

function identify(value: object): number {
  let known = identities.get(value);
  if (known === undefined) {
    lastIdentity += 1;
    known = lastIdentity;
    identities.set(value, known);
  }
  return known;
}
