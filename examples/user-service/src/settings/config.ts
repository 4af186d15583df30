// All settings of the service, from environment variables. The table in README.md lists them.
import { fileURLToPath } from "node:url";
import { type AuthSettings, readAuthSettings } from "./auth-settings.js";
import { type LimitSettings, readLimitSettings } from "./limit-settings.js";
import { readTelemetrySettings, type TelemetrySettings } from "./telemetry-settings.js";
import { type Environment, Variables } from "./variables.js";

/** All settings. */
export interface Config {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** A PostgreSQL server; undefined: the embedded database in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** Processes that serve, 1 to 1024; `auto`: one for each core. Several, and `auto`, need `databaseUrl`. */
  readonly workers: number | "auto";
  /** The folder of the embedded database; undefined: in memory. */
  readonly dataDir: string | undefined;
  /** PEM files; undefined: plaintext. */
  readonly tls: TlsPaths | undefined;
  /** Proxies in front that speak the PROXY protocol: addresses and networks; none: it is not spoken. */
  readonly proxies: readonly string[];
  /** Who may call. */
  readonly auth: AuthSettings;
  /** How much may come. */
  readonly limits: LimitSettings;
  /** Who hears of it. */
  readonly telemetry: TelemetrySettings;
  /** Whether responses are held against the rules of the contract as well; requests always are. */
  readonly validateResponses: boolean;
  /** The largest file that may be uploaded, in bytes. */
  readonly maxFileBytes: number;
  /** Seals page tokens; undefined: a secret that the servers of one database share. */
  readonly pageTokenSecret: string | undefined;
  /** Who may ask which services there are. */
  readonly reflection: Openness;
  /** Who may ask for the connections of the server. */
  readonly channelz: Openness;
  /** How long health says NOT_SERVING before clients are told to leave, in milliseconds. */
  readonly drainMs: number;
  /** How long calls under way may take to finish after that, in milliseconds. */
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

// This file is compiled to dist/src/settings, three floors below the folder of the example.
const defaultDataDir = new URL("../../../data", import.meta.url);
const openness: readonly Openness[] = ["on", "off", "development"];
const hourMs = 3_600_000;

/** @throws {StartupError} naming the variable at fault, its value, and what is allowed. */
export function readConfig(env: Environment): Config {
  const variables = new Variables(env);
  const tls = readTlsPaths(variables);
  const databaseUrl = variables.text("DATABASE_URL");
  return {
    host: variables.text("HOST") ?? "127.0.0.1",
    port: variables.integer("PORT", { max: 65_535 }) ?? 50_051,
    databaseUrl,
    workers: readWorkers(variables, databaseUrl !== undefined),
    dataDir: variables.text("DATA_DIR") ?? fileURLToPath(defaultDataDir),
    tls,
    proxies: variables.list("PROXIES"),
    auth: readAuthSettings(variables, tls?.clientCa !== undefined),
    limits: readLimitSettings(variables),
    telemetry: readTelemetrySettings(variables),
    validateResponses: variables.flag("VALIDATE_RESPONSES", "off"),
    maxFileBytes: variables.integer("MAX_FILE_BYTES", { max: 1024 ** 4 }) ?? 64 * 1024 * 1024,
    pageTokenSecret: readPageTokenSecret(variables),
    reflection: variables.choice("REFLECTION", openness, "on"),
    channelz: variables.choice("CHANNELZ", openness, "off"),
    drainMs: variables.integer("DRAIN_MS", { max: hourMs }) ?? 0,
    graceMs: variables.integer("GRACE_MS", { max: hourMs }) ?? 10_000,
  };
}

function readWorkers(variables: Variables, canShareData: boolean): Config["workers"] {
  const workers = variables.integerOr("auto", "WORKERS", { min: 1, max: 1024 }) ?? 1;
  if (workers !== 1 && !canShareData) {
    const reason = "the embedded database is for one process";
    variables.refuse(`WORKERS must be 1 without DATABASE_URL, not "${workers}": ${reason}`);
  }
  return workers;
}

function readTlsPaths(variables: Variables): TlsPaths | undefined {
  const [cert, key] = [variables.text("TLS_CERT"), variables.text("TLS_KEY")];
  const clientCa = variables.text("TLS_CLIENT_CA");
  const clientCrl = variables.text("TLS_CLIENT_CRL");
  if (clientCrl && !clientCa) variables.refuse("TLS_CLIENT_CRL needs TLS_CLIENT_CA");
  const minVersion = variables.choice("TLS_MIN_VERSION", ["1.2", "1.3"], "1.2");
  if (cert && key) return { cert, key, clientCa, clientCrl, minVersion: `TLSv${minVersion}` };
  if (cert || key || clientCa) variables.refuse("TLS needs both TLS_CERT and TLS_KEY");
  return undefined;
}

function readPageTokenSecret(variables: Variables): string | undefined {
  const secret = variables.text("PAGE_TOKEN_SECRET");
  if (secret !== undefined && secret.length < 16) {
    variables.refuse("PAGE_TOKEN_SECRET must have at least 16 characters");
  }
  return secret;
}
