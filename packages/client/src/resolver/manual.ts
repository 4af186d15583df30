// A resolver that is told what to find: for tests, and for applications that know their servers themselves.
import type { Resolution, Resolver, ResolverFactory, ResolverListener } from "./resolver.js";

/** What `createManualResolver` makes: a factory for the `resolvers` of a channel, and the hand that moves it. */
export interface ManualResolver extends ResolverFactory {
  /** Tells all channels that use it, now and as soon as they ask. */
  update(resolution: Resolution): void;
  /** Tells all channels that nothing can be found. */
  fail(error: Error): void;
  /** How often channels have asked. */
  readonly requests: number;
}

/**
 * Makes a resolver whose endpoints come from the application.
 * @param initial what it finds until `update` says something else; without it channels wait.
 * @example
 * const resolver = createManualResolver();
 * const channel = createChannel("manual:users", { resolvers: { manual: resolver } });
 * resolver.update({ endpoints: [{ addresses: [{ kind: "tcp", host: "127.0.0.1", port: 50051 }] }] });
 */
export function createManualResolver(initial?: Resolution): ManualResolver {
  return new Manual(initial);
}

class Manual implements ManualResolver {
  requests = 0;
  readonly #listeners = new Set<ResolverListener>();
  #latest: Resolution | Error | undefined;

  constructor(initial: Resolution | undefined) {
    this.#latest = initial;
  }

  update(resolution: Resolution): void {
    this.#latest = resolution;
    for (const listener of this.#listeners) {
      listener.resolved(resolution);
    }
  }

  fail(error: Error): void {
    this.#latest = error;
    for (const listener of this.#listeners) {
      listener.failed(error);
    }
  }

  defaultAuthority(target: { readonly endpoint: string }): string {
    return target.endpoint.replace(/^\/+/, "") || "localhost";
  }

  createResolver(_target: unknown, listener: ResolverListener): Resolver {
    this.#listeners.add(listener);
    return {
      resolve: () => {
        this.requests += 1;
        this.#answer(listener);
      },
      close: () => {
        this.#listeners.delete(listener);
      },
    };
  }

  #answer(listener: ResolverListener): void {
    const latest = this.#latest;
    if (latest instanceof Error) {
      listener.failed(latest);
    } else if (latest !== undefined) {
      listener.resolved(latest);
    }
  }
}
