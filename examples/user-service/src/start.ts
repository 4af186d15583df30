// Starts the whole service from its settings: database, what production needs, application, listener.
import {
  TlsFileError,
  type WatchedTlsServerCredentials,
  watchTlsServerCredentials,
} from "@trunkline/core/node";
import {
  type ListenOptions,
  type ServerCredentials,
  type ShutdownOptions,
  type ShutdownReport,
  UsageError,
} from "@trunkline/server";
import type { WorkerContext, WorkerServer } from "@trunkline/server/cluster";
import { Opened } from "./opened.js";
import { createProduction, type Production } from "./production/production.js";
import type { Config } from "./settings/config.js";
import { StartupError } from "./startup-error.js";
import type { Database } from "./storage/driver/database.js";
import { openDatabase } from "./storage/driver/open-database.js";
import { createUserApplication } from "./user-application.js";

/** A service that answers calls. */
export interface RunningService {
  /** `host:port`. */
  readonly address: string;
  /** Processes that serve. */
  readonly workers: number;
  readonly database: Database;
  /** Lets calls under way finish, and closes everything. */
  stop(): Promise<ShutdownReport>;
}

/**
 * Starts the service.
 * @param worker the process is one of several that serve, and ends with the others.
 * @throws {StartupError} when a certificate, another file, the database or a port cannot be used.
 */
export async function startService(
  config: Config,
  worker?: WorkerContext,
): Promise<RunningService> {
  const opened = new Opened();
  try {
    const production = opened.add(await createProduction(config, worker));
    const credentials = await watchCredentials(config, production);
    if (credentials !== undefined) opened.add(credentials);
    const database = opened.add(await openDatabase(config));
    const { serverOptions } = production;
    const application = await createUserApplication({ ...config, database, serverOptions });
    opened.add({ close: () => application.close({ graceMs: 0 }) });
    const { server } = application;
    production.attach(server);
    const shutdown = async (options: ShutdownOptions): Promise<ShutdownReport> => {
      const report = await application.close(options);
      await opened.close();
      return report;
    };
    const listener = {
      listen: (options?: ListenOptions) => server.listen(options),
      stats: () => server.stats(),
      shutdown,
    };
    const address = await listen(listener, config, credentials, worker);
    // From now on it ends by `shutdown`.
    opened.release();
    const { graceMs, drainMs: lameDuckMs } = config;
    return { address, workers: 1, database, stop: () => shutdown({ graceMs, lameDuckMs }) };
  } catch (error) {
    await opened.close();
    throw toStartupError(error);
  }
}

async function listen(
  server: WorkerServer,
  { host, port, proxies }: Config,
  credentials: ServerCredentials | undefined,
  worker: WorkerContext | undefined,
): Promise<string> {
  const proxyProtocol = proxies.length > 0 ? { trusted: proxies } : undefined;
  const options = { host, port, credentials, proxyProtocol };
  try {
    const listening = worker?.listen(server, options) ?? server.listen(options);
    return (await listening).address;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") {
      throw new StartupError(
        `port ${port} of ${host} is taken by another program (PORT sets another)`,
      );
    }
    throw error;
  }
}

/** The files are watched: certificates may be renewed while the service runs. */
async function watchCredentials(
  { tls }: Config,
  { log }: Production,
): Promise<WatchedTlsServerCredentials | undefined> {
  if (tls === undefined) return undefined;
  const { cert, key, clientCa: ca, clientCrl: crl, minVersion } = tls;
  return watchTlsServerCredentials({ cert, key, ca, crl, minVersion, log });
}

/** What the person who starts the program can mend is told in one line; what is a fault of ours keeps its stack. */
export function toStartupError(error: unknown): unknown {
  const isTheirs =
    error instanceof TlsFileError ||
    error instanceof UsageError ||
    error instanceof SyntaxError ||
    (error as NodeJS.ErrnoException).code !== undefined;
  return isTheirs ? new StartupError((error as Error).message) : error;
}
