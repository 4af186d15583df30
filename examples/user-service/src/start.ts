// Starts the whole service from its settings: database, application, listener.

import {
  type Log,
  TlsFileError,
  UsageError,
  type WatchedTlsServerCredentials,
  watchTlsServerCredentials,
} from "@trunkline/server";
import type { Config, TlsPaths } from "./config.js";
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
  stop(): Promise<void>;
}

/**
 * Starts the service.
 * @throws {StartupError} when a certificate, the database or the port cannot be used.
 */
export async function startService(config: Config, log?: Log): Promise<RunningService> {
  const credentials = await loadCredentials(config.tls, log);
  const database = await openDatabase(config);
  let application: UserApplication | undefined;
  try {
    application = await createUserApplication({ ...config, database, log });
    const address = await listen(application, config, credentials);
    return {
      address,
      database,
      stop: () => {
        credentials?.close();
        return stop(application!, database, config.graceMs);
      },
    };
  } catch (error) {
    credentials?.close();
    await application?.close(0);
    await database.close();
    throw error;
  }
}

async function stop(
  application: UserApplication,
  database: Database,
  graceMs: number,
): Promise<void> {
  await application.close(graceMs);
  await database.close();
}

async function listen(
  application: UserApplication,
  { host, port }: Config,
  credentials: WatchedTlsServerCredentials | undefined,
): Promise<string> {
  try {
    return (await application.server.listen({ host, port, credentials })).address;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") {
      throw new StartupError(
        `port ${port} of ${host} is taken by another program (PORT sets another)`,
      );
    }
    throw new StartupError(error instanceof Error ? error.message : String(error));
  }
}

/** Files that are replaced while the service runs are used from the next connection on. */
async function loadCredentials(
  tls: TlsPaths | undefined,
  log: Log | undefined,
): Promise<WatchedTlsServerCredentials | undefined> {
  if (tls === undefined) return undefined;
  const { cert, key, clientCa: ca, clientCrl: crl, minVersion } = tls;
  try {
    return await watchTlsServerCredentials({ cert, key, ca, crl, minVersion, log });
  } catch (error) {
    if (error instanceof TlsFileError || error instanceof UsageError) {
      throw new StartupError(error.message);
    }
    throw error;
  }
}
