// Follows what a resolver tells and logs, so that tests can wait for it.
import { createChannel, type Endpoint, type ResolverFactory } from "@trunkline/client";
import { type LogFields, silentLog } from "@trunkline/core";

/** A channel whose resolver is listened to. */
export interface Followed extends AsyncDisposable {
  /** What it has found last: `127.0.0.1:50051`, with `@zone` and `*weight` where there are any. */
  readonly found: readonly string[];
  /** How often it has found something. */
  readonly updates: number;
  readonly warnings: string[];
  /** Resolves when the addresses are these, in any order. */
  finds(...addresses: string[]): Promise<void>;
  /** Resolves when a log message matches. */
  logs(text: RegExp): Promise<void>;
  /** Asks again, as a channel does whose connections fail. */
  ask(): void;
}

class Following implements Followed {
  found: readonly string[] = [];
  updates = 0;
  readonly warnings: string[] = [];
  readonly messages: string[] = [];
  #waiting = new Set<() => void>();
  ask: () => void = () => {};
  close: () => void = () => {};

  changed(): void {
    for (const wake of this.#waiting) wake();
  }

  finds(...addresses: string[]): Promise<void> {
    const wanted = addresses.sort().join();
    return this.#until(() => this.updates > 0 && [...this.found].sort().join() === wanted);
  }

  logs(text: RegExp): Promise<void> {
    return this.#until(() => this.messages.some((message) => text.test(message)));
  }

  #until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        if (!isSo()) return;
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      wake();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

function describe({ addresses, weight, zone }: Endpoint): string {
  const [address] = addresses;
  const where = address?.kind === "tcp" ? `${address.host}:${address.port}` : String(address?.path);
  return (
    where + (weight === undefined ? "" : `*${weight}`) + (zone === undefined ? "" : `@${zone}`)
  );
}

/** Resolves a target on the system's clock, without any connection to what is found. */
export function follow(scheme: string, resolver: ResolverFactory, target: string): Followed {
  const following = new Following();
  const log = {
    ...silentLog,
    info: (message: string) => note(message),
    warn: (message: string, fields: LogFields = {}) => {
      following.warnings.push(`${message} ${JSON.stringify(fields)}`);
      note(message);
    },
  };
  const note = (message: string): void => {
    following.messages.push(message);
    following.changed();
  };
  // A channel hands its resolver target, clock and log; what it is told goes to the test as well.
  const listening: ResolverFactory = {
    defaultAuthority: (parsed) => resolver.defaultAuthority(parsed),
    createResolver(parsed, listener, host) {
      const inner = resolver.createResolver(
        parsed,
        {
          resolved(resolution) {
            following.found = resolution.endpoints.map(describe);
            following.updates += 1;
            following.changed();
            listener.resolved(resolution);
          },
          failed: (error) => {
            note(`failed: ${error.message}`);
            listener.failed(error);
          },
        },
        host,
      );
      following.ask = () => inner.resolve();
      return inner;
    },
  };
  const channel = createChannel(target, {
    resolvers: { [scheme]: listening },
    serviceConfig: { loadBalancingConfig: [{ round_robin: {} }] },
    log,
  });
  channel.connect();
  following.close = () => void channel.close();
  return following;
}
