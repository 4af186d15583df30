// The server: services in, listening sockets and connections out, and an end that always comes.
import type { DescService } from "@bufbuild/protobuf";
import { DroppedMetadataLog, deadlineWheelOf, UsageError } from "@trunkline/core";
import {
  type ConnectionLimits,
  createConnection,
  type Sink,
  serverLimitDefaults,
} from "@trunkline/http2";
import type { ServiceImplementation } from "./dispatch/handlers.js";
import { joinScopes } from "./dispatch/joined-scope.js";
import type { AnyHandler } from "./dispatch/method-entry.js";
import type { ServiceOptions } from "./dispatch/method-options.js";
import type { RawImplementation } from "./dispatch/raw-handlers.js";
import { ServiceRegistry } from "./dispatch/service-registry.js";
import { type RequestListLimits, Router } from "./http/router.js";
import { AddressCap } from "./listener/address-cap.js";
import { type ListenOptions, type ListenPlan, planListening } from "./listener/listen-options.js";
import { type Listener, openListener } from "./listener/listener.js";
import { ListenerCounters } from "./listener/listener-counters.js";
import type { ListenerSetup } from "./listener/listener-setup.js";
import { OpenConnections, type Transport } from "./listener/open-connections.js";
import { formatAddress, type ListenAddress } from "./listener/place/listen-address.js";
import type { ShutdownReport } from "./listener/shutdown/report.js";
import { Shutdown, type ShutdownOptions } from "./listener/shutdown/shutdown.js";
import { GrpcAdapter } from "./protocol/grpc/adapter.js";
import { ResponseHeads } from "./protocol/grpc/response-heads.js";
import type { ServerConnectionInfo, ServerObserver } from "./server-observer.js";
import { readServerOptions, type ServerOptions, type ServerSettings } from "./server-options.js";
import type { ServerStats } from "./server-stats.js";
import { Refusals } from "./telemetry/refusals.js";
import { ServerObservers } from "./telemetry/server-observers.js";

/** A gRPC server. */
export interface Server {
  /** The services that were added, in that order. */
  readonly services: readonly DescService[];
  /** Where the server listens, in the order in which it began to; empty after `shutdown`. */
  readonly addresses: readonly ListenAddress[];
  /**
   * Adds a service, also while the server is running. Methods that `implementation` lacks answer
   * UNIMPLEMENTED.
   * @param options limits that differ from the server's, for the service and for single methods.
   * @throws {UsageError} when the service was added before, `implementation` has something that is
   * no method of it, or an option is out of its range.
   */
  addService<S extends DescService>(
    service: S,
    implementation: ServiceImplementation<S>,
    options?: ServiceOptions<S>,
  ): this;
  /**
   * Adds a service whose handlers take and give messages as bytes, in whatever format they come: they
   * are neither decoded nor checked. For the rest it is as `addService`.
   * @throws {UsageError} as `addService` does.
   */
  addRawService<S extends DescService>(
    service: S,
    implementation: RawImplementation<S>,
    options?: ServiceOptions<S>,
  ): this;
  /**
   * Listens on a TCP port or a unix-domain socket; may be called several times.
   * @throws {UsageError} for options that cannot work, and after `shutdown`.
   * @throws Error naming the address when it cannot be listened on; `code` is the system's, for
   * example `EADDRINUSE`.
   */
  listen(options?: ListenOptions): Promise<ListenAddress>;
  /**
   * Serves one connection that came by other means, for example one end of `createMemoryLink()`. It
   * must speak HTTP/2 from the first byte.
   * @throws {UsageError} after `shutdown`.
   */
  accept(connection: Transport): void;
  /**
   * Ends the server: health says NOT_SERVING, nothing new is accepted, clients are told to leave (GOAWAY), running calls
   * finish, and what is left after `graceMs` is cut off. Always settles; further calls wait for the same end, and may
   * shorten the grace.
   * @returns what was done and what was cut off; it is logged as well, as a warning when calls were cut off.
   * @throws {UsageError} for an option out of its range.
   */
  shutdown(options?: ShutdownOptions): Promise<ShutdownReport>;
  /** What the server has accepted, refused and stopped so far. Costs a loop over the open connections. */
  stats(): ServerStats;
  /**
   * The HTTP/2 connections that are open now, in the order in which they came, with their round trip
   * times. A snapshot: ask again for newer figures.
   */
  connections(): readonly ServerConnectionInfo[];
  /** Has `observer` told what happens to the server, as if it were one of the option `observers`. Costs nothing while nothing happens. */
  observe(observer: ServerObserver): void;
  /** `shutdown()` with its defaults, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Creates a server.
 * @throws {UsageError} when an option is out of its range.
 * @example
 * const server = createServer();
 * server.addService(UserService, { getUser: (request) => ({ id: request.id }) });
 * const { port } = await server.listen({ host: "127.0.0.1", port: 50051 });
 */
export function createServer(options: ServerOptions = {}): Server {
  return new GrpcServer(readServerOptions(options));
}

class GrpcServer implements Server {
  readonly #listening: ListenerSetup;
  readonly #counters = new ListenerCounters();
  readonly #registry: ServiceRegistry;
  readonly #connections: OpenConnections;
  readonly #listeners: Listener[] = [];
  readonly #shutdown: Shutdown;
  readonly #observers: ServerObservers;

  constructor(settings: ServerSettings) {
    const { log, maxConcurrentStreams } = settings;
    this.#registry = new ServiceRegistry({
      ...settings,
      callScope: joinScopes([
        settings.callScope,
        ...settings.observers.map(({ callScope }) => callScope),
      ]),
      unknownMethod: settings.unknownMethod as AnyHandler | undefined,
    });
    const heads = new ResponseHeads(settings.compression);
    const wheel = deadlineWheelOf(settings.clock);
    this.#observers = new ServerObservers(log);
    const { calls: observers } = this.#observers;
    const refusals = new Refusals(observers, (path) => this.#registry.describe(path));
    const droppedMetadata = new DroppedMetadataLog(log);
    const setup = { wheel, log, droppedMetadata, heads, observers, refusals };
    const grpc = new GrpcAdapter(this.#registry, setup);
    const router = new Router(
      [grpc],
      () => this.#registry.version,
      toListLimits(settings),
      refusals,
    );
    const { maxConnectionsPerAddress: most } = settings;
    this.#connections = new OpenConnections(
      router,
      toLimits(settings),
      maxConcurrentStreams,
      most === undefined ? undefined : new AddressCap(most, log),
    );
    this.#listening = {
      log,
      maxConnections: settings.maxConnections,
      handshakeTimeoutMs: settings.handshakeTimeoutMs,
      tcpKeepaliveMs: settings.tcpKeepaliveMs,
      counters: this.#counters,
      onHttp2: (socket, firstBytes) => this.#connections.serve(socket, firstBytes),
    };
    for (const observer of settings.observers) this.#observers.add(observer);
    this.#shutdown = new Shutdown({
      listeners: this.#listeners,
      connections: this.#connections,
      observers: this.#observers,
      log,
    });
  }

  get services(): readonly DescService[] {
    return this.#registry.services;
  }

  get addresses(): readonly ListenAddress[] {
    if (this.#shutdown.hasBegun) return [];
    return this.#listeners.map((listener) => listener.address);
  }

  addService<S extends DescService>(
    service: S,
    implementation: ServiceImplementation<S>,
    options?: ServiceOptions<S>,
  ): this {
    this.#registry.add(service, implementation, options);
    this.#observers.serviceAdded(service);
    return this;
  }

  addRawService<S extends DescService>(
    service: S,
    implementation: RawImplementation<S>,
    options?: ServiceOptions<S>,
  ): this {
    this.#registry.add(service, implementation, options, true);
    this.#observers.serviceAdded(service);
    return this;
  }

  async listen(options: ListenOptions = {}): Promise<ListenAddress> {
    this.#refuseAfterShutdown("listen");
    const plan = planListening(options);
    this.#refuseSecondListener(plan);
    const listener = await openListener(plan, this.#listening);
    if (this.#shutdown.hasBegun) await listener.end();
    this.#refuseAfterShutdown("listen");
    this.#listeners.push(listener);
    return listener.address;
  }

  accept(connection: Transport): void {
    this.#refuseAfterShutdown("accept a connection");
    this.#connections.serve(connection);
  }

  shutdown(options: ShutdownOptions = {}): Promise<ShutdownReport> {
    return this.#shutdown.begin(options);
  }

  stats(): ServerStats {
    return { ...this.#counters, ...this.#connections.stats() };
  }

  connections(): readonly ServerConnectionInfo[] {
    return this.#connections.list();
  }

  observe(observer: ServerObserver): void {
    this.#observers.add(observer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  #refuseAfterShutdown(action: string): void {
    if (!this.#shutdown.hasBegun) return;
    throw new UsageError(`cannot ${action}: the server has been shut down`);
  }

  #refuseSecondListener({ host, port, path, fd }: ListenPlan): void {
    if (fd !== undefined) return;
    const wanted = formatAddress(host, port, path);
    if (!this.#listeners.some(({ address }) => address.address === wanted)) return;
    throw new UsageError(`cannot listen on ${wanted}: this server does so already`);
  }
}

function toListLimits(settings: ServerSettings): RequestListLimits {
  return {
    softBytes: settings.softHeaderListBytes,
    hardBytes: settings.maxHeaderListBytes,
    maxFields: settings.limits.maxHeaderFields ?? serverLimitDefaults.maxHeaderFields,
  };
}

function toLimits(settings: ServerSettings): Partial<ConnectionLimits> {
  const { connectionWindowBytes, limits } = settings;
  const { maxUnreadBytes = serverLimitDefaults.maxUnreadBytes } = limits;
  const complete = {
    ...limits,
    streamWindowBytes: settings.streamWindowBytes,
    connectionWindowBytes,
    maxUnreadBytes: Math.max(maxUnreadBytes, connectionWindowBytes),
    maxConcurrentStreams: settings.maxConcurrentStreams,
    maxHeaderListBytes: settings.maxHeaderListBytes,
    handshakeTimeoutMs: settings.handshakeTimeoutMs,
  };
  checkLimits(complete);
  return complete;
}

/** A limit out of its range is told now, not when the first client comes. */
function checkLimits(limits: Partial<ConnectionLimits>): void {
  const sink = { closed() {} } as unknown as Sink;
  try {
    createConnection({ role: "server", sink, limits });
  } catch (cause) {
    throw new UsageError(`server option limits: ${(cause as Error).message}`);
  }
}
