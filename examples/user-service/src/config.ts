// Reads the settings of the service from environment variables. The table in README.md lists them.
import { fileURLToPath } from "node:url";
import { StartupError } from "./startup-error.js";

/** All settings. */
export interface Config {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** A PostgreSQL server; undefined: the embedded database in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** The folder of the embedded database; undefined: in memory. */
  readonly dataDir: string | undefined;
  /** PEM files; undefined: plaintext. */
  readonly tls: TlsPaths | undefined;
  /** The largest file that may be uploaded, in bytes. */
  readonly maxFileBytes: number;
  /** Seals page tokens; undefined: a secret that the servers of one database share. */
  readonly pageTokenSecret: string | undefined;
  /** Who may ask which services there are. */
  readonly reflection: Openness;
  /** Who may ask for the connections of the server. */
  readonly channelz: Openness;
  /** How long calls under way may take to finish when the service stops, in milliseconds. */
  readonly graceMs: number;
}

/** Everybody; nobody; everybody unless `NODE_ENV` is `production`. */
export type Openness = "on" | "off" | "development";

/** Paths of PEM files. */
export interface TlsPaths {
  readonly cert: string;
  readonly key: string;
  /** The CA of client certificates; undefined: clients need none. */
  readonly clientCa: string | undefined;
  /** Revocation lists of that CA, a file or a folder; undefined: nothing is revoked. */
  readonly clientCrl: string | undefined;
  /** The oldest version that is accepted. */
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
}

// This file is compiled to dist/src, two floors below the folder of the example.
const defaultDataDir = new URL("../../data", import.meta.url);

/**
 * Reads the settings. An empty variable counts as absent.
 * @throws {StartupError} naming the variable at fault.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const pageTokenSecret = env.PAGE_TOKEN_SECRET || undefined;
  if (pageTokenSecret !== undefined && pageTokenSecret.length < 16) {
    throw new StartupError("PAGE_TOKEN_SECRET must have at least 16 characters");
  }
  return {
    host: env.HOST || "127.0.0.1",
    port: readInteger(env, "PORT", 50_051, 65_535),
    databaseUrl: env.DATABASE_URL || undefined,
    dataDir: env.DATA_DIR || fileURLToPath(defaultDataDir),
    tls: readTlsPaths(env),
    maxFileBytes: readInteger(env, "MAX_FILE_BYTES", 64 * 1024 * 1024, 1024 ** 4),
    pageTokenSecret,
    reflection: readOpenness(env, "REFLECTION", "on"),
    channelz: readOpenness(env, "CHANNELZ", "off"),
    graceMs: readInteger(env, "GRACE_MS", 10_000, 3_600_000),
  };
}

function readTlsPaths(env: Readonly<Record<string, string | undefined>>): TlsPaths | undefined {
  const { TLS_CERT: cert, TLS_KEY: key, TLS_CLIENT_CA: clientCa, TLS_CLIENT_CRL: clientCrl } = env;
  const version = env.TLS_MIN_VERSION || "1.2";
  if (version !== "1.2" && version !== "1.3") {
    throw new StartupError(`TLS_MIN_VERSION must be 1.2 or 1.3, not "${version}"`);
  }
  if (clientCrl && !clientCa) throw new StartupError("TLS_CLIENT_CRL needs TLS_CLIENT_CA");
  const minVersion = `TLSv${version}` as const;
  if (cert && key) {
    const clients = { clientCa: clientCa || undefined, clientCrl: clientCrl || undefined };
    return { cert, key, ...clients, minVersion };
  }
  if (cert || key || clientCa) throw new StartupError("TLS needs both TLS_CERT and TLS_KEY");
  return undefined;
}

function readOpenness(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  byDefault: Openness,
): Openness {
  const text = env[name] || byDefault;
  if (text === "on" || text === "off" || text === "development") return text;
  throw new StartupError(`${name} must be on, off or development, not "${text}"`);
}

function readInteger(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  byDefault: number,
  max: number,
): number {
  const text = env[name] || String(byDefault);
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value <= max) return value;
  throw new StartupError(`${name} must be a whole number from 0 to ${max}, not "${text}"`);
}
