// The health service, grpc.health.v1.Health: says which services answer calls as they should (gRFC A17, A90).
import { create, type DescService } from "@bufbuild/protobuf";
import { Code, describeValue, RpcError, UsageError } from "@trunkline/core";
import {
  type HealthCheckResponse,
  HealthCheckResponseSchema,
  HealthListResponseSchema,
  Health as HealthService,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "@trunkline/core/health";
import type { ServerCall } from "../../dispatch/server-call.js";
import type { Server } from "../../server.js";
import { StreamBudget } from "../stream-budget.js";
import { type HealthStatus, StatusBoard } from "./status-board.js";
import { StatusWatch } from "./status-watch.js";

/** Options of `addHealth`. */
export interface HealthOptions {
  /** Watch calls that may be open, 1 to 2^31 - 1; further ones get RESOURCE_EXHAUSTED. Default 10,000. */
  readonly maxStreams?: number | undefined;
  /** Watch calls that one connection may have open, 1 to 2^31 - 1; further ones get RESOURCE_EXHAUSTED. Default 100. */
  readonly maxStreamsPerConnection?: number | undefined;
}

/** Says how healthy a server and its services are. */
export interface Health {
  /**
   * Sets the status of one service. A service of the server that has none of its own has the overall status.
   * @param service a generated service, a name, or `""` for the server as a whole.
   * @throws {UsageError} for anything else than a service and one of the three statuses.
   */
  setStatus(service: DescService | string, status: HealthStatus): void;
  /**
   * Takes the status of a service back: it has the overall one again, or is unknown when the server does not have
   * it. The overall one, `""`, becomes SERVING.
   */
  clearStatus(service: DescService | string): void;
  /** What clients are told of a service at the moment; undefined when it is not known. */
  statusOf(service: DescService | string): HealthStatus | undefined;
  /**
   * Everything is NOT_SERVING until `resume`, whatever is set meanwhile: for a server that shall get no more work,
   * and may come back. `server.shutdown()` does so by itself.
   */
  shutdown(): void;
  /** Everything is again what it was set to. Does nothing after `server.shutdown()`. */
  resume(): void;
  /** Watch calls that are open. */
  readonly watchers: number;
}

/** Names are kept as long as somebody watches them, so they cannot be of any length. */
const maxRequestBytes = 4096;

/**
 * Adds `grpc.health.v1.Health` to a server, with Check, Watch and List. The server as a whole, `""`, and all its
 * services, those included that are added later, are SERVING until something else is set. When the server begins to
 * end, everything is NOT_SERVING, before its clients are told to leave (GOAWAY); Watch calls are told so and end with
 * UNAVAILABLE.
 * @throws {UsageError} when the server has the service already, or an option is out of its range.
 * @example
 * const health = addHealth(server);
 * health.setStatus(UserService, "NOT_SERVING");
 */
export function addHealth(server: Server, options: HealthOptions = {}): Health {
  const health = new ServerHealth(options);
  for (const service of server.services) health.serviceAdded(service);
  server.addService(
    HealthService,
    {
      check: (request) => ({ status: ServingStatus[health.check(request.service)] }),
      watch: (request, call) => health.watch(request.service, call),
      list: () => create(HealthListResponseSchema, { statuses: health.list() }),
    },
    { maxReceiveMessageBytes: maxRequestBytes },
  );
  server.observe(health);
  return health;
}

class ServerHealth implements Health {
  readonly #board = new StatusBoard();
  readonly #budget: StreamBudget;
  readonly #watches = new Set<StatusWatch>();
  #end: RpcError | undefined;

  constructor({ maxStreams = 10_000, maxStreamsPerConnection = 100 }: HealthOptions) {
    const limits = { maxStreams, maxStreamsPerConnection };
    this.#budget = new StreamBudget(`${HealthService.typeName}.Watch`, limits);
  }

  get watchers(): number {
    return this.#watches.size;
  }

  setStatus(service: DescService | string, status: HealthStatus): void {
    if (!["UNKNOWN", "SERVING", "NOT_SERVING"].includes(status)) {
      throw new UsageError(
        `the health status is ${describeValue(status)}; it must be "SERVING", "NOT_SERVING" or "UNKNOWN"`,
      );
    }
    this.#board.set(nameOf(service), status);
  }

  clearStatus(service: DescService | string): void {
    this.#board.clear(nameOf(service));
  }

  statusOf(service: DescService | string): HealthStatus | undefined {
    return this.#board.statusOf(nameOf(service));
  }

  shutdown(): void {
    this.#board.shutDown();
  }

  resume(): void {
    if (this.#end === undefined) this.#board.resume();
  }

  // --- for the server

  /** Reflection and the like are no work that anybody balances. */
  serviceAdded({ typeName }: DescService): void {
    if (!typeName.startsWith("grpc.")) this.#board.add(typeName);
  }

  draining(): void {
    this.#end = new RpcError(Code.UNAVAILABLE, "the server is shutting down");
    this.#board.shutDown();
    for (const watch of [...this.#watches]) watch.end(this.#end);
  }

  // --- for clients

  check(name: string): HealthStatus {
    const status = this.#board.statusOf(name);
    if (status !== undefined) return status;
    throw new RpcError(
      Code.NOT_FOUND,
      `the health of service ${JSON.stringify(name)} is not known`,
    );
  }

  list(): Record<string, HealthCheckResponse> {
    const statuses = this.#board.names().map((name) => {
      const status = ServingStatus[this.#board.statusOf(name)!];
      return [name, create(HealthCheckResponseSchema, { status })] as const;
    });
    return Object.fromEntries(statuses);
  }

  watch(name: string, { peer }: ServerCall): StatusWatch {
    let unwatch = (): void => {};
    return new StatusWatch({
      read: () => ServingStatus[this.#board.statusOf(name) ?? "SERVICE_UNKNOWN"],
      started: (watch) => {
        this.#budget.take(peer);
        unwatch = this.#board.watch(name, () => watch.wake());
        this.#watches.add(watch);
        if (this.#end !== undefined) watch.end(this.#end);
      },
      stopped: (watch) => {
        unwatch();
        this.#watches.delete(watch);
        this.#budget.give(peer);
      },
    });
  }
}

function nameOf(service: DescService | string): string {
  const name = typeof service === "string" ? service : service?.typeName;
  if (typeof name === "string") return name;
  throw new UsageError(
    `the service is ${describeValue(service)}; it must be a service, its name, or "" for the server as a whole`,
  );
}
