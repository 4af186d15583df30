// Bounds how many streams of a standard service are open: of one connection, and of all together.
import { Code, describeValue, RpcError, UsageError } from "@trunkline/core";

/** How many streams may be open. */
export interface StreamLimits {
  /** Streams of all connections together, 1 to 2^31 - 1; further ones get RESOURCE_EXHAUSTED. */
  readonly maxStreams: number;
  /** Streams of one connection, 1 to 2^31 - 1; further ones get RESOURCE_EXHAUSTED. */
  readonly maxStreamsPerConnection: number;
}

/** What is open of one service. */
export class StreamBudget {
  readonly #service: string;
  readonly #limits: StreamLimits;
  readonly #perConnection = new Map<object, number>();
  #open = 0;

  /** @throws {UsageError} when a limit is out of its range. */
  constructor(service: string, limits: StreamLimits) {
    check("maxStreams", limits.maxStreams);
    check("maxStreamsPerConnection", limits.maxStreamsPerConnection);
    this.#service = service;
    this.#limits = limits;
  }

  /** Streams that are open. */
  get open(): number {
    return this.#open;
  }

  /**
   * Counts one stream more.
   * @param connection stands for the connection: the `peer` of its calls.
   * @throws {RpcError} RESOURCE_EXHAUSTED when there are too many; it is not counted then.
   */
  take(connection: object): void {
    const { maxStreams, maxStreamsPerConnection } = this.#limits;
    const own = this.#perConnection.get(connection) ?? 0;
    if (own >= maxStreamsPerConnection) {
      throw this.#exhausted("of this connection", "maxStreamsPerConnection", own);
    }
    if (this.#open >= maxStreams) throw this.#exhausted("", "maxStreams", this.#open);
    this.#perConnection.set(connection, own + 1);
    this.#open++;
  }

  /** Counts one stream of the connection less. */
  give(connection: object): void {
    const own = this.#perConnection.get(connection) ?? 0;
    if (own > 1) this.#perConnection.set(connection, own - 1);
    else this.#perConnection.delete(connection);
    this.#open--;
  }

  #exhausted(whose: string, limit: string, open: number): RpcError {
    const streams = whose === "" ? "streams" : `streams ${whose}`;
    return new RpcError(
      Code.RESOURCE_EXHAUSTED,
      `${open} ${streams} of ${this.#service} are open: the limit is ${open} (the server's ${limit})`,
    );
  }
}

function check(name: string, value: unknown): void {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 2 ** 31 - 1) return;
  throw new UsageError(
    `option ${name} is ${describeValue(value)}; it must be a whole number from 1 to ${2 ** 31 - 1}`,
  );
}
