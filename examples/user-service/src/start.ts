// Starts the whole service from its settings: database, application, listener.

import { loadTlsFiles, TlsFileError } from "@trunkline/core/node";
import { type Log, type ServerCredentials, tlsServerCredentials } from "@trunkline/server";
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
  const credentials = await loadCredentials(config.tls);
  const database = await openDatabase(config);
  let application: UserApplication | undefined;
  try {
    application = await createUserApplication({ ...config, database, log });
    const address = await listen(application, config, credentials);
    return { address, database, stop: () => stop(application!, database, config.graceMs) };
  } catch (error) {
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
  credentials: ServerCredentials | undefined,
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

async function loadCredentials(tls: TlsPaths | undefined): Promise<ServerCredentials | undefined> {
  if (tls === undefined) return undefined;
  try {
    return tlsServerCredentials(
      await loadTlsFiles({ cert: tls.cert, key: tls.key, ca: tls.clientCa }),
    );
  } catch (error) {
    if (error instanceof TlsFileError) throw new StartupError(error.message);
    throw error;
  }
}
