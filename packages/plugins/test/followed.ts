// Runs a resolver on the system's clock without a channel, and keeps what it tells and logs.
import type { Endpoint, Resolver, ResolverFactory, Target } from "@trunkline/client";
import { type LogFields, silentLog, systemClock } from "@trunkline/core";
import { Watched } from "./until.js";

/** What a resolver has told. */
export interface Followed {
  readonly resolver: Resolver;
  /** The endpoints found last, and how often some were. */
  readonly found: Watched<readonly Endpoint[] | undefined>;
  readonly failures: Watched<readonly string[]>;
  readonly logged: Watched<readonly string[]>;
  /** Resolves when these, and no others, are known: `host:port`. */
  finds(...addresses: string[]): Promise<void>;
}

/** The addresses of an endpoint as text: `10.0.0.1:1`, several with `+` between them. */
export function textOf({ addresses }: Endpoint): string {
  return addresses
    .map((address) => (address.kind === "tcp" ? `${address.host}:${address.port}` : address.path))
    .join("+");
}

/** Takes a target apart as a channel does. */
export function toTarget(text: string): Target {
  const [, scheme = "", authority = "", endpoint = ""] =
    /^([a-z]+):(?:\/\/([^/]*)\/)?(.*)$/.exec(text) ?? [];
  return { text, scheme, authority, endpoint };
}

/** Starts to resolve. */
export function follow(factory: ResolverFactory, text: string): Followed {
  const found = new Watched<readonly Endpoint[] | undefined>(undefined);
  const failures = new Watched<readonly string[]>([]);
  const logged = new Watched<readonly string[]>([]);
  const note = (message: string, fields: LogFields = {}): void => {
    logged.value = [...logged.value, `${message} ${JSON.stringify(fields)}`];
  };
  const listener = {
    resolved: ({ endpoints }: { endpoints: readonly Endpoint[] }) => {
      found.value = endpoints;
    },
    failed: (error: Error) => {
      failures.value = [...failures.value, error.message];
    },
  };
  const log = { ...silentLog, info: note, warn: note };
  const resolver = factory.createResolver(toTarget(text), listener, { clock: systemClock, log });
  resolver.resolve();
  const finds = (...addresses: string[]): Promise<void> =>
    found.until((all) => all?.map(textOf).sort().join() === addresses.sort().join());
  return { resolver, found, failures, logged, finds };
}
