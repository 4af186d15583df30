// Starts the whole service from its settings: database, what production needs, application, listener.
import {
  TlsFileError,
  type WatchedTlsServerCredentials,
  watchTlsServerCredentials,
} from "@trunkline/core/node";
import { type ServerCredentials, type ShutdownReport, UsageError } from "@trunkline/server";
import { createProduction, type Production } from "./production/production.js";
import type { Config } from "./settings/config.js";
import { StartupError } from "./startup-error.js";
import type { Database } from "./storage/driver/database.js";
import { openDatabase } from "./storage/driver/open-database.js";
import { createUserApplication, type UserApplication } from "./user-application.js";

/** A service that answers calls. */
export interface RunningService {
  /** `host:port`. */
  readonly address: string;
  readonly database: Database;
  /** Lets calls under way finish, and closes everything. */
  stop(): Promise<ShutdownReport>;
}

/**
 * Starts the service.
 * @throws {StartupError} when a certificate, another file, the database or a port cannot be used.
 */
export async function startService(config: Config): Promise<RunningService> {
  const opened: { close(): unknown }[] = [];
  const close = async (): Promise<void> => {
    for (const one of opened.splice(0).reverse()) await one.close();
  };
  try {
    const production = await createProduction(config);
    opened.push(production);
    const credentials = await watchCredentials(config, production);
    if (credentials !== undefined) opened.push(credentials);
    const database = await openDatabase(config);
    opened.push(database);
    const { serverOptions } = production;
    const application = await createUserApplication({ ...config, database, serverOptions });
    opened.push({ close: () => application.close(0) });
    production.attach(application.server);
    const address = await listen(application, config, credentials);
    const stop = async (): Promise<ShutdownReport> => {
      const report = await application.close(config.graceMs, config.drainMs);
      opened.pop();
      await close();
      return report;
    };
    return { address, database, stop };
  } catch (error) {
    await close();
    throw toStartupError(error);
  }
}

async function listen(
  application: UserApplication,
  { host, port, proxies }: Config,
  credentials: ServerCredentials | undefined,
): Promise<string> {
  const proxyProtocol = proxies.length > 0 ? { trusted: proxies } : undefined;
  try {
    return (await application.server.listen({ host, port, credentials, proxyProtocol })).address;
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
function toStartupError(error: unknown): unknown {
  const isTheirs =
    error instanceof TlsFileError ||
    error instanceof UsageError ||
    error instanceof SyntaxError ||
    (error as NodeJS.ErrnoException).code !== undefined;
  return isTheirs ? new StartupError((error as Error).message) : error;
}
